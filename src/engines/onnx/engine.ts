/**
 * The ONNX Runtime engine: a step becomes one ONNX model, which the runtime optimizes and runs on a processor or a GPU.
 * It needs nothing but its npm package.
 */
import { availableParallelism } from 'node:os';
import { arch } from 'node:process';
import type * as Onnx from 'onnxruntime-node';
import { InputError } from '../../errors.ts';
import { simplify } from '../../graph/simplify/index.ts';
import { showShape, sizeOf, type Variable } from '../../graph/tensor.ts';
import { encodeModel, writeGraph } from '../../onnx/index.ts';
import type { Device } from '../device.ts';
import type { Engine } from '../engine.ts';
import { batchInvariant } from './lowering/batch-invariant.ts';
import { deviceLowerings, directLowerings, winogradLowerings } from './lowering/table.ts';
import { createProgram } from './program.ts';
import { checkDevice, loadRuntime } from './runtime.ts';

export interface OnnxOptions {
  /** Threads of the processor; all there are unless said otherwise. */
  readonly threads?: number;
  readonly device?: Device;
  /** `auto` uses Winograd where it pays, whose results differ in the last digits; `direct` never does. */
  readonly convolution?: 'auto' | 'direct';
}

const lowerings = { auto: winogradLowerings, direct: directLowerings } as const;

/** @throws InputError where the runtime is missing or does not offer the device, saying what to do. */
export function createOnnxEngine({
  threads = availableParallelism(),
  device = 'cpu',
  convolution = 'auto',
}: OnnxOptions = {}): Engine {
  if (!Number.isInteger(threads) || threads < 1)
    throw new InputError(`engine onnx: threads must be a whole number from 1 on, not ${threads}`);
  const runtime = loadRuntime();
  checkDevice(runtime, device);
  // Arrays in `variables` are replaced, never written to: the runtime may read them, or a caller own them.
  const variables = new Map<Variable, Float32Array>();
  const sessions = new Set<Onnx.InferenceSession>();
  const turn = { taken: false };
  const rows = device === 'cpu' ? lowerings[convolution] : deviceLowerings;

  const read = (variable: Variable): Float32Array => {
    const value = variables.get(variable) ?? new Float32Array(sizeOf(variable.shape));
    variables.set(variable, value);
    return value;
  };
  const move = (variable: Variable, values: Float32Array) => void variables.set(variable, values);

  /** A session takes memory of its own until it is released; a second time does nothing. */
  const release = (session: Onnx.InferenceSession) => {
    if (sessions.delete(session)) void session.release();
  };

  const createSession = async (model: Uint8Array, options: Onnx.InferenceSession.SessionOptions) => {
    try {
      return await runtime.InferenceSession.create(model, options);
    } catch (error) {
      // The runtime offers a device whether the machine has it or not; the processor is always there.
      if (device === 'cpu') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new InputError(
        `engine onnx: the device ${device} cannot be used on this machine (${reason}); see to its driver, or use the device cpu`,
      );
    }
  };

  return {
    describe: () => ({
      name: 'onnx',
      version: runtime.env.versions.node ?? '',
      threads,
      instructionSet: arch,
      settings: { device, convolution },
    }),
    compile: async (step, { batchInvariant: invariant = false } = {}) => {
      for (const variable of step.variables) read(variable);
      const written = writeGraph(simplify(step), {
        lowerings: invariant ? batchInvariant(rows) : rows,
      });
      const session = await createSession(encodeModel(written.model), {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        intraOpNumThreads: threads,
        // Beyond that, what follows a convolution may become a part of it, which rounds otherwise: in some batches only.
        graphOptimizationLevel: invariant ? 'basic' : 'all',
        // The plan of a run's memory would be a second home for all of it, beside the arena that the first run filled.
        enableMemPattern: false,
        // Threads that wait without spinning: half the time on a busy machine, where a spinning one keeps others from work.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        logSeverityLevel: 4,
      });
      sessions.add(session);
      return createProgram({
        step,
        written,
        session,
        release: () => release(session),
        runtime,
        read,
        move,
        turn,
      });
    },
    read: (variable) => read(variable).slice(),
    write: (variable, values) => {
      const size = sizeOf(variable.shape);
      if (values.length !== size)
        throw new InputError(
          `variable ${variable.name} ${showShape(variable.shape)} needs ${size} values, not ${values.length}`,
        );
      variables.set(variable, Float32Array.from(values));
    },
    // What the runtime takes for a run is not told; these are the variables.
    get peakBytes() {
      return [...variables.values()].reduce((total, value) => total + value.byteLength, 0);
    },
    dispose: () => {
      variables.clear();
      for (const session of sessions) release(session);
    },
  };
}

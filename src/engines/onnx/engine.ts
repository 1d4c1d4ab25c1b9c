/**
 * The ONNX Runtime engine: a step becomes one ONNX model, which the runtime optimizes and runs on a processor or a GPU.
 * It needs nothing but its npm package.
 */
import { availableParallelism } from 'node:os';
import { arch } from 'node:process';
import type * as Onnx from 'onnxruntime-node';
import { simplify, sizeOf, type Variable } from '../../graph/index.ts';
import { encodeModel, writeGraph } from '../../onnx/index.ts';
import { checked, checkThreads, createPrograms } from '../checks.ts';
import { type Device, type Engine, EngineUnavailable } from '../engine.ts';
import { createDeviceCopies } from './device-copies.ts';
import { batchInvariant, deviceLowerings, directLowerings, winogradLowerings } from './lowering/table.ts';
import { checkDevice, loadRuntime, programCore } from './runtime.ts';

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
  checkThreads(threads);
  const runtime = loadRuntime();
  checkDevice(runtime, device);
  // Arrays in `variables` are replaced, never written to: the runtime may read them, or a caller own them.
  const variables = new Map<Variable, Float32Array>();
  const programs = createPrograms();
  /** What sessions that were given up are still at. */
  const releases = new Set<Promise<void>>();
  let heldBytes = 0;
  let peakBytes = 0;
  const rows = device === 'cpu' ? lowerings[convolution] : deviceLowerings;

  const forget = (variable: Variable) => {
    copies?.forget(variable);
    heldBytes -= variables.get(variable)?.byteLength ?? 0;
    variables.delete(variable);
  };
  const move = (variable: Variable, values: Float32Array) => {
    forget(variable);
    variables.set(variable, values);
    heldBytes += values.byteLength;
    peakBytes = Math.max(peakBytes, heldBytes);
  };
  const read = (variable: Variable): Float32Array => {
    const known = variables.get(variable);
    if (known) return known;
    const zeros = new Float32Array(sizeOf(variable.shape));
    move(variable, zeros);
    return zeros;
  };

  /** A session takes memory of its own until it is released. */
  const release = (session: Onnx.InferenceSession) => {
    const released = session.release().finally(() => releases.delete(released));
    releases.add(released);
  };

  const createSession = async (model: Uint8Array, options: Onnx.InferenceSession.SessionOptions) => {
    try {
      return await runtime.InferenceSession.create(model, options);
    } catch (error) {
      // The runtime offers a device whether the machine has it or not; the processor is always there.
      if (device === 'cpu') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new EngineUnavailable(
        `engine onnx: the device ${device} cannot be used on this machine (${reason}); see to its driver, or use the device cpu`,
        { why: `cannot use the device ${device}` },
      );
    }
  };

  const executionProviders = device === 'cpu' ? ['cpu'] : [device, 'cpu'];
  // The only device where the runtime's binding for Node can place a tensor.
  const copies =
    device === 'webgpu'
      ? createDeviceCopies({
          read,
          tensor: (values, shape) => new runtime.Tensor('float32', values, shape),
          createSession: (model, options) =>
            createSession(model, { ...options, executionProviders, logSeverityLevel: 4 }),
        })
      : undefined;

  return checked(programs, {
    describe: () => ({
      name: 'onnx' as const,
      version: runtime.env.versions.node ?? '',
      threads,
      instructionSet: arch,
      settings: { device, convolution },
    }),
    compile: async (step, { batchInvariant: invariant = false } = {}) => {
      programs.checkOpen();
      for (const variable of step.variables) read(variable);
      const written = writeGraph(simplify(step), {
        lowerings: invariant ? batchInvariant(rows) : rows,
      });
      const session = await createSession(encodeModel(written.model), {
        executionProviders,
        intraOpNumThreads: threads,
        // Beyond that, what follows a convolution may become a part of it, which rounds otherwise: in some batches only.
        graphOptimizationLevel: invariant ? 'basic' : 'all',
        // The plan of a run's memory would be a second home for all of it, beside the arena that the first run filled.
        enableMemPattern: false,
        // Threads that wait without spinning: half the time on a busy machine, where a spinning one keeps others from work.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        logSeverityLevel: 4,
      });
      return programs.add(
        step,
        programCore({
          ...{ step, written, session, release: () => release(session), runtime, read, move },
          ...(copies && { onDevice: copies.of }),
        }),
      );
    },
    read: (variable) => read(variable).slice(),
    write: (variable, values) => move(variable, Float32Array.from(values)),
    free: forget,
    // What the runtime takes for a run is not told; these are the variables.
    get peakBytes() {
      return peakBytes;
    },
    dispose: async () => {
      variables.clear();
      await Promise.all(releases);
      await copies?.dispose();
    },
  });
}

/**
 * The oneDNN engine: steps run as oneDNN kernels on all threads, with small host-side work in generated loops over the
 * same memory. Convolutions, matrix products, normalization, pooling and large sums and ReLUs are oneDNN's.
 */
import { availableParallelism } from 'node:os';
import { InputError } from '../../errors.ts';
import type { Step } from '../../graph/step.ts';
import { showShape, sizeOf, type Variable } from '../../graph/tensor.ts';
import type { CompileOptions, Engine } from '../engine.ts';
import { compile } from './compile.ts';
import { gemmSource } from './gemm.ts';
import type { Algorithm, Primitive } from './library.ts';
import { WINOGRAD_BLOCK } from './lowering/winograd.ts';
import { createMemory } from './memory.ts';
import { loadLibrary } from './onednn2.ts';
import type { OnednnProgram } from './program.ts';
import { createWinograd, type Winograd } from './winograd/winograd.ts';

export interface OnednnOptions {
  /** Threads of the kernels; all processors unless said otherwise. */
  readonly threads?: number;
  /** `auto` lets oneDNN choose Winograd, whose results differ in the last digits (about 1e-5); `direct` does not. */
  readonly convolution?: Algorithm;
  /** Measure every kernel; see OnednnProgram.profile. */
  readonly profile?: boolean;
}

export interface OnednnEngine extends Engine {
  compile(step: Step, options?: CompileOptions): Promise<OnednnProgram>;
}

/**
 * @throws InputError where the library is missing, naming the package that brings it.
 */
export function createOnednnEngine({
  threads = availableParallelism(),
  convolution = 'auto',
  profile = false,
}: OnednnOptions = {}): OnednnEngine {
  if (!Number.isInteger(threads) || threads < 1)
    throw new InputError(`engine onednn: threads must be a whole number from 1 on, not ${threads}`);
  const library = loadLibrary();
  const memory = createMemory();
  const primitives = new Map<string, Primitive>();
  const variables = new Map<Variable, Float32Array>();
  const turn = { taken: false };
  const prepare = () => library.openMp.setThreads(threads);

  let winograd: Winograd | undefined;
  const startWinograd = (): Winograd => {
    winograd ??= createWinograd({
      memory: memory.shared.wasm,
      threads,
      block: WINOGRAD_BLOCK,
      allocate: (bytes) => memory.shared.start + memory.allocateVariable(bytes),
      gemm: gemmSource({
        ...library.sharedObjects,
        base: Number(memory.shared.address) - memory.shared.start,
        threads,
      }),
    });
    return winograd;
  };
  // oneDNN has Winograd kernels of its own for AVX-512, and without AVX2 its matrix product is too slow for ours.
  const ownWinograd = convolution === 'auto' && library.instructionSet.startsWith('avx2');

  const variableValue = (variable: Variable): Float32Array => {
    const known = variables.get(variable);
    if (known) return known;
    const size = sizeOf(variable.shape);
    const { buffer, start } = memory.shared;
    const values = new Float32Array(buffer, start + memory.allocateVariable(4 * size), size);
    variables.set(variable, values);
    return values;
  };

  return {
    describe: () => ({
      name: 'onednn',
      version: library.version,
      threads,
      instructionSet: library.instructionSet,
      settings: { convolution },
    }),
    compile: async (step, { batchInvariant = false } = {}) => {
      prepare();
      return compile(step, {
        library,
        // Tests hold our Winograd and the direct kernels to it; oneDNN's own Winograd (AVX-512) promises nothing of the kind.
        algorithm: batchInvariant ? 'direct' : convolution,
        primitives,
        memory,
        winograd: ownWinograd ? startWinograd : undefined,
        variableOffset: (variable) => variableValue(variable).byteOffset - memory.shared.start,
        profiled: profile,
        turn,
        prepare,
      });
    },
    read: (variable) => new Float32Array(variableValue(variable)),
    write: (variable, values) => {
      const size = sizeOf(variable.shape);
      if (values.length !== size)
        throw new InputError(
          `variable ${variable.name} ${showShape(variable.shape)} needs ${size} values, not ${values.length}`,
        );
      variableValue(variable).set(values);
    },
    get peakBytes() {
      return memory.peakBytes;
    },
    dispose: () => {
      variables.clear();
      void winograd?.close();
    },
  };
}

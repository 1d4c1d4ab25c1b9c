/**
 * The oneDNN engine: steps run as oneDNN kernels on all threads, with small host-side work in generated loops over the
 * same memory. Convolutions, matrix products, normalization, pooling and large sums and ReLUs are oneDNN's.
 */
import { availableParallelism } from 'node:os';
import { type Step, sizeOf, type Variable } from '../../graph/index.ts';
import { checked, checkThreads, createPrograms } from '../checks.ts';
import type { CompileOptions, Engine } from '../engine.ts';
import { compile } from './compile.ts';
import { gemmSource } from './gemm.ts';
import type { Algorithm } from './library.ts';
import { WINOGRAD_BLOCK } from './lowering/winograd.ts';
import { createMemory } from './memory.ts';
import { loadLibrary } from './onednn2.ts';
import { createPrimitives } from './primitives.ts';
import type { OnednnProgram, Profile } from './program.ts';
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
 * @throws EngineUnavailable where the library or address space is missing, naming what brings it.
 */
export function createOnednnEngine({
  threads = availableParallelism(),
  convolution = 'auto',
  profile: profiled = false,
}: OnednnOptions = {}): OnednnEngine {
  checkThreads(threads);
  const library = loadLibrary();
  const memory = createMemory();
  const primitives = createPrimitives(library);
  const programs = createPrograms();
  const variables = new Map<Variable, Float32Array>();
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
  const offsetOf = ({ byteOffset }: Float32Array) => byteOffset - memory.shared.start;

  return checked<Omit<OnednnEngine, typeof Symbol.asyncDispose>>(programs, {
    describe: () => ({
      name: 'onednn',
      version: library.version,
      threads,
      instructionSet: library.instructionSet,
      settings: { convolution },
    }),
    compile: async (step, { batchInvariant = false } = {}) => {
      programs.checkOpen();
      prepare();
      const profile: Profile | undefined = profiled ? new Map() : undefined;
      const { scratchBytes, ...core } = compile(step, {
        library,
        // Tests hold our Winograd and the direct kernels to it; oneDNN's own Winograd (AVX-512) promises nothing of the kind.
        algorithm: batchInvariant ? 'direct' : convolution,
        primitives,
        memory,
        winograd: ownWinograd ? startWinograd : undefined,
        variableOffset: (variable) => offsetOf(variableValue(variable)),
        profile,
        prepare,
      });
      const program = programs.add(step, core);
      return {
        ...program,
        scratchBytes,
        get profile() {
          return [...(profile?.values() ?? [])].sort((a, b) => b.milliseconds - a.milliseconds);
        },
      };
    },
    read: (variable) => new Float32Array(variableValue(variable)),
    write: (variable, values) => variableValue(variable).set(values),
    free: (variable) => {
      const values = variables.get(variable);
      if (!values) return;
      variables.delete(variable);
      memory.freeVariable(offsetOf(values), values.byteLength);
    },
    get peakBytes() {
      return memory.peakBytes;
    },
    dispose: async () => {
      variables.clear();
      // Its threads compute in this memory.
      await winograd?.close();
      memory.dispose();
    },
  });
}

/**
 * The oneDNN engine: steps run as oneDNN kernels on all threads, with small host-side work in generated loops over the
 * same memory. Convolutions, matrix products, normalization, pooling and large sums and ReLUs are oneDNN's.
 */

import { availableParallelism } from 'node:os';
import { type Step, sizeOf, type Variable } from '../../graph/index.ts';
import { checked, checkThreads, createPrograms } from '../checks.ts';
import type { CompileOptions, Engine } from '../engine.ts';
import { compile } from './compile.ts';
import { type Algorithm, createPrimitives } from './library.ts';
import { WINOGRAD_BLOCK } from './lowering/winograd.ts';
import { createMemory } from './memory.ts';
import { loadLibrary } from './onednn2.ts';
import type { Holder, OnednnProgram, Profile } from './program.ts';
import type { GemmSource } from './winograd/host.ts';
import { createWinograd, type Winograd } from './winograd/winograd.ts';

/**
 * Examples in a program of an evaluation. oneDNN chooses and blocks its kernels, direct ones too, by the number of examples; it
 * treats all examples of a batch alike (tests hold it to that). Fewer are slower an image (Winograd transforms its filters in every
 * run); more would cost more where few are left.
 */
const CONSTANT_WIDTH = 64;

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
  const holder: Holder = { program: undefined };
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
    constantWidth: CONSTANT_WIDTH,
    compile: async (step) => {
      programs.checkOpen();
      prepare();
      const profile: Profile | undefined = profiled ? new Map() : undefined;
      const { scratchBytes, ...core } = compile(step, {
        library,
        algorithm: convolution,
        primitives,
        memory,
        winograd: ownWinograd ? startWinograd : undefined,
        variableOffset: (variable) => offsetOf(variableValue(variable)),
        holder,
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
    write: (variable, values) => {
      holder.program = undefined;
      variableValue(variable).set(values);
    },
    free: (variable) => {
      const values = variables.get(variable);
      if (!values) return;
      variables.delete(variable);
      holder.program = undefined;
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

// oneDNN's matrix product on one thread's own, for the Winograd team: each thread, the calling one or a worker, opens it
// for itself. dnnl_sgemm (row-major) is the same in all versions of the C API.
export interface GemmContext {
  readonly sharedObject: string;
  readonly openMp: string;
  /** The address of the shared memory's first byte, below 2^53 on all systems of today. */
  readonly base: number;
  /** Threads of oneDNN's own kernels, to go back to. */
  readonly threads: number;
}

export const gemmSource = (context: GemmContext): GemmSource<GemmContext> => ({
  context,
  // Travels to the workers as source text: no name from outside.
  open: (_memory, { sharedObject, openMp, base, threads }, require) => {
    const koffi = require('koffi');
    const setThreads = koffi.load(openMp).func('omp_set_num_threads', 'void', ['int']);
    const transposed = 'T'.charCodeAt(0);
    const straight = 'N'.charCodeAt(0);
    // char, char, M, N, K, alpha, A, lda, B, ldb, beta, C, ldc; addresses as whole numbers, which koffi passes fastest.
    const sgemm = koffi
      .load(sharedObject)
      .func('dnnl_sgemm', 'int', [
        'int8',
        'int8',
        'int64',
        'int64',
        'int64',
        'float',
        'intptr_t',
        'int64',
        'intptr_t',
        'int64',
        'float',
        'intptr_t',
        'int64',
      ]);
    return {
      product: (
        transposeLeft,
        rows,
        columns,
        inner,
        left,
        leftStride,
        right,
        rightStride,
        accumulate,
        result,
        resultStride,
      ) => {
        const status = sgemm(
          transposeLeft === 0 ? straight : transposed,
          straight,
          rows,
          columns,
          inner,
          1,
          base + left,
          leftStride,
          base + right,
          rightStride,
          accumulate,
          base + result,
          resultStride,
        );
        if (status !== 0) throw new Error(`dnnl_sgemm: status ${status}`);
      },
      enter: () => setThreads(1),
      leave: () => setThreads(threads),
    };
  },
});

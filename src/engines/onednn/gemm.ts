/**
 * oneDNN's matrix product on one thread's own, for the Winograd team: each thread, the calling one or a worker, opens it
 * for itself. dnnl_sgemm (row-major) is the same in all versions of the C API.
 */
import type { GemmSource } from './winograd/host.ts';

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

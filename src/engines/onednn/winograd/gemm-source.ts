/** The matrix product that Winograd asks for, and how every thread gets one; whose product it is, is the engine's affair. */
import type { SharedMemory } from './host.ts';

/** One thread's matrix product over the shared memory; all places are byte offsets, strides count floats. */
export interface Gemm {
  /** result (+)= left right; left is [rows, inner], or [inner, rows] where transposed; right is [inner, columns]. */
  readonly product: (
    transposeLeft: number,
    rows: number,
    columns: number,
    inner: number,
    left: number,
    leftStride: number,
    right: number,
    rightStride: number,
    accumulate: number,
    result: number,
    resultStride: number,
  ) => void;
  /** Called on the calling thread before and after products: while entered, a product uses its own thread only. */
  readonly enter: () => void;
  readonly leave: () => void;
}

/** How each thread gets its matrix product: `open` travels, `context` is cloned with it. */
export interface GemmSource<Context> {
  readonly open: (memory: SharedMemory, context: Context, require: NodeJS.Require) => Gemm;
  readonly context: Context;
}

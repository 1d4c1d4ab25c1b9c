/**
 * What the kernels run in: the part of the WebAssembly interface that is used here, typed (neither ES2023 nor Node's types
 * declare it), the few bytes that each thread owns, and the matrix product that each thread is given.
 */
import { INPUT_TILE } from '../../winograd-matrices.ts';

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

// Each thread's own bytes: a half-transformed tile, then zeros that stand for what is not there (pixels beyond the image, an
// absent bias).
const VECTOR_BYTES = 16;
/** Pixels of a tile row in the largest block, 16 channels. */
const ZERO_BYTES = INPUT_TILE * 16 * 4;

export const AREA_ZEROS = INPUT_TILE * INPUT_TILE * VECTOR_BYTES;
/** A multiple of 64, so that two threads never share a cache line. */
export const AREA_BYTES = AREA_ZEROS + ZERO_BYTES;

/** One memory for TypeScript, the kernels and native libraries; its address stays while it grows. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  readonly grow: (pages: number) => number;
}

/** A compiled module; it can be sent to other threads. */
export interface CompiledModule {
  readonly __compiled?: never;
}

export type KernelExports = Readonly<Record<string, (...args: number[]) => void>>;

interface Host {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { readonly host: { readonly memory: SharedMemory; readonly area: number } },
  ) => { readonly exports: KernelExports };
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly: Host };

const PAGE_BYTES = 65536;

/** Address space for `maximumBytes` (at most 4 GiB) is reserved at once; memory itself is taken when first touched. */
export const createSharedMemory = (initialBytes: number, maximumBytes = 65536 * PAGE_BYTES): SharedMemory =>
  new host.Memory({
    initial: Math.ceil(initialBytes / PAGE_BYTES),
    maximum: Math.ceil(maximumBytes / PAGE_BYTES),
    shared: true,
  });

export const compile = (bytes: Uint8Array<ArrayBuffer>): CompiledModule => new host.Module(bytes);

/** Kernels that keep their half-done work at byte `area` of the memory. */
export const instantiate = (module: CompiledModule, memory: SharedMemory, area: number): KernelExports =>
  new host.Instance(module, { host: { memory, area } }).exports;

/** The part of the WebAssembly interface that is used here, typed: neither ES2023 nor Node's types declare it. */

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

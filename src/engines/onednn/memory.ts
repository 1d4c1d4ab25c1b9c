/**
 * The memory that programs compute in: one shared WebAssembly.Memory, so that oneDNN, WASM kernels and TypeScript work on
 * the same bytes without copies. Variables lie at its top, growing down; the programs of an engine share one scratch
 * region at its bottom, sized to the largest of them.
 *
 * The whole 4 GB are reserved at once: pages cost nothing until they are written to, and nothing ever moves.
 */
import koffi from 'koffi';
import { RunError } from '../../errors.ts';
import { ALIGNMENT, alignUp } from './plan.ts';
import { createSharedMemory, type SharedMemory } from './winograd/host.ts';

/** All that WebAssembly can address. */
const SHARED_BYTES = 2 ** 32;
/** Left free at the bottom: WASM kernels may name an address before their images, where they then read nothing. */
const GUARD_BYTES = 2 ** 20;

/** Bytes for kernels. */
export interface Region {
  readonly buffer: SharedArrayBuffer | ArrayBuffer;
  /** Where in the buffer offset 0 is: a multiple of ALIGNMENT in memory. */
  readonly start: number;
  /** The address of offset 0. */
  readonly address: bigint;
  /** The WASM memory that this is, unless the program was too large for one. */
  readonly wasm: SharedMemory | undefined;
}

export interface Memory {
  readonly shared: Region & { readonly wasm: SharedMemory };
  /** Offset of new bytes for a variable, zeros. */
  allocateVariable(bytes: number): number;
  /** Whether scratch memory of this size has room in the shared memory. */
  fits(bytes: number): boolean;
  /** A region with room for `bytes` from offset 0: the shared one where it fits, else one of its own. */
  scratch(bytes: number): Region;
  readonly peakBytes: number;
}

function regionOf(buffer: SharedArrayBuffer | ArrayBuffer, from = 0): Region {
  const address = koffi.address(new Uint8Array(buffer, 0, 1));
  const start = from + Number(-address & BigInt(ALIGNMENT - 1));
  return { buffer, start, address: address + BigInt(start), wasm: undefined };
}

function reserve(bytes: number): SharedMemory {
  try {
    return createSharedMemory(bytes, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RunError(
      `engine onednn: no ${bytes / 2 ** 30} GiB of address space (${why}); raise the limit (ulimit -v) or free memory`,
    );
  }
}

/** @throws RunError where the address space is not to be had. */
export function createMemory(bytes = SHARED_BYTES): Memory {
  const wasm = reserve(bytes);
  const shared = { ...regionOf(wasm.buffer, GUARD_BYTES), wasm };
  let top = bytes - GUARD_BYTES;
  let sharedScratch = 0;
  let ownScratch = 0;
  // Some room is kept for variables of programs to come.
  const fits = (size: number) => size <= top - bytes / 8;
  return {
    shared,
    allocateVariable: (size) => {
      const offset = top - alignUp(size);
      if (offset < sharedScratch)
        throw new RunError(`engine onednn: variables and scratch memory exceed ${bytes} bytes`);
      top = offset;
      return offset;
    },
    fits,
    scratch: (size) => {
      if (fits(size)) {
        sharedScratch = Math.max(sharedScratch, size);
        return shared;
      }
      const own = new ArrayBuffer(size + ALIGNMENT);
      ownScratch += own.byteLength;
      return regionOf(own);
    },
    get peakBytes() {
      return bytes - GUARD_BYTES - top + sharedScratch + ownScratch;
    },
  };
}

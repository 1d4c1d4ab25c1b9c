/**
 * The memory that programs compute in: one shared WebAssembly.Memory, so that oneDNN, WASM kernels and TypeScript work on
 * the same bytes without copies. Variables lie at its top, growing down; the programs of an engine share one scratch
 * region at its bottom, sized to the largest of them.
 *
 * All its addresses are reserved at once: pages cost nothing until they are written to, and nothing ever moves. What is
 * no longer used is given back to the system page by page, and is zeros again.
 */
import koffi from 'koffi';
import { RunError } from '../../errors.ts';
import { EngineUnavailable } from '../engine.ts';
import { ALIGNMENT, alignUp } from './plan.ts';
import { createSharedMemory, type SharedMemory } from './winograd/host.ts';

/** All that WebAssembly can address. Less would be no cheaper: V8 reserves more than that for a memory of any size. */
const SHARED_BYTES = 2 ** 32;
/** Left free at the bottom: WASM kernels may name an address before their images, where they then read nothing. */
const GUARD_BYTES = 2 ** 20;
const PAGE_BYTES = 4096;
const MADV_DONTNEED = 4;

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

/** The scratch memory of a program, until it is released. */
export interface Scratch {
  readonly region: Region;
  readonly release: () => void;
}

export interface Memory {
  readonly shared: Region & { readonly wasm: SharedMemory };
  /** Offset of new bytes for a variable, zeros. */
  allocateVariable(bytes: number): number;
  /** Gives back what `allocateVariable` gave. */
  freeVariable(offset: number, bytes: number): void;
  /** Whether scratch memory of this size has room in the shared memory. */
  fits(bytes: number): boolean;
  /** A region with room for `bytes` from offset 0: the shared one where it fits, else one of its own. */
  scratch(bytes: number): Scratch;
  readonly peakBytes: number;
  /** Gives back all pages. The addresses go when nothing refers to the memory any more. */
  dispose(): void;
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
    throw new EngineUnavailable(
      `engine onednn: no ${bytes / 2 ** 30} GiB of address space (${why}); raise the limit (ulimit -v) or free memory`,
      { why: 'got no address space', remedy: 'raise the limit (ulimit -v)' },
    );
  }
}

let advise: ((address: bigint, bytes: number, advice: number) => number) | undefined;

/** Gives the whole pages between two addresses back to the system. */
function giveBack(from: bigint, bytes: number): void {
  advise ??= koffi.load(null).func('madvise', 'int', ['uintptr_t', 'size_t', 'int']);
  const lead = Number(-from & BigInt(PAGE_BYTES - 1));
  const whole = Math.floor((bytes - lead) / PAGE_BYTES) * PAGE_BYTES;
  if (whole > 0) advise(from + BigInt(lead), whole, MADV_DONTNEED);
}

/** Free pieces between `top` and the variables above it: offset to bytes, no two of them side by side. */
interface FreeList {
  /** The offset of a free piece of that size, which is no longer free. */
  take(bytes: number): number | undefined;
  give(offset: number, bytes: number): void;
  /** Takes the piece that begins at an offset; its bytes, 0 if there is none. */
  takeAt(offset: number): number;
}

function createFreeList(): FreeList {
  const pieces = new Map<number, number>();
  const takeAt = (offset: number) => {
    const bytes = pieces.get(offset) ?? 0;
    pieces.delete(offset);
    return bytes;
  };
  return {
    takeAt,
    take: (bytes) => {
      const fitting = [...pieces].filter(([, size]) => size >= bytes).sort(([, a], [, b]) => a - b);
      if (fitting.length === 0) return undefined;
      const [offset, size] = fitting[0];
      pieces.delete(offset);
      if (size > bytes) pieces.set(offset + bytes, size - bytes);
      return offset;
    },
    give: (offset, bytes) => {
      const before = [...pieces].find(([at, size]) => at + size === offset);
      const after = takeAt(offset + bytes);
      pieces.set(before ? before[0] : offset, (before ? before[1] : 0) + bytes + after);
    },
  };
}

/** @throws EngineUnavailable where the address space is not to be had. */
export function createMemory(bytes = SHARED_BYTES): Memory {
  const wasm = reserve(bytes);
  const shared = { ...regionOf(wasm.buffer, GUARD_BYTES), wasm };
  const end = bytes - GUARD_BYTES;
  const free = createFreeList();
  const scratches = new Set<{ readonly bytes: number; readonly own: boolean }>();
  let top = end;
  let variableBytes = 0;
  let peakBytes = 0;
  const sharedScratch = () =>
    [...scratches].reduce((largest, { bytes: size, own }) => Math.max(largest, own ? 0 : size), 0);
  const ownScratch = () =>
    [...scratches].reduce((total, { bytes: size, own }) => total + (own ? size : 0), 0);
  const notePeak = () => {
    peakBytes = Math.max(peakBytes, variableBytes + sharedScratch() + ownScratch());
  };
  // Some room is kept for variables of programs to come.
  const fits = (size: number) => size <= top - bytes / 8;
  return {
    shared,
    allocateVariable: (size) => {
      const needed = alignUp(size);
      const found = free.take(needed);
      const offset = found ?? top - needed;
      if (offset < sharedScratch())
        throw new RunError(`engine onednn: variables and scratch memory exceed ${bytes} bytes`);
      top = Math.min(top, offset);
      variableBytes += needed;
      notePeak();
      return offset;
    },
    freeVariable: (offset, size) => {
      const given = alignUp(size);
      variableBytes -= given;
      new Uint8Array(shared.buffer, shared.start + offset, given).fill(0);
      giveBack(shared.address + BigInt(offset), given);
      free.give(offset, given);
      top += free.takeAt(top);
    },
    fits,
    scratch: (size) => {
      const own = !fits(size);
      const held = { bytes: own ? size + ALIGNMENT : size, own };
      const region = own ? regionOf(new ArrayBuffer(held.bytes)) : shared;
      scratches.add(held);
      notePeak();
      return {
        region,
        release: () => {
          if (!scratches.delete(held) || own) return;
          const still = sharedScratch();
          if (size > still) giveBack(shared.address + BigInt(still), size - still);
        },
      };
    },
    get peakBytes() {
      return peakBytes;
    },
    dispose: () => {
      scratches.clear();
      giveBack(shared.address, end);
    },
  };
}

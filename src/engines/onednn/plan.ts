/**
 * Where a linear program's buffers lie: liveness over the order of kernels, sharing of memory where a kernel may write
 * over what it reads, then offsets. Knows nothing of tensors or kernels beyond which buffers they touch.
 *
 * Offsets are greedy by size: the largest buffer first, each at the lowest offset that no buffer alive at the same time
 * holds (Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference").
 */
import { RunError } from '../../errors.ts';

export const ALIGNMENT = 64;

export const alignUp = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** A buffer of a program; compared by identity. */
export interface Slot {
  readonly bytes: number;
  /** Where it lies for good, as variables do; all others are planned. */
  readonly fixed?: number;
}

/** What a kernel touches. */
export interface Access {
  readonly reads: readonly Slot[];
  readonly writes: readonly Slot[];
  /** Pairs [read, written] that may be the same memory: an element is read before the same element is written. */
  readonly inPlace?: readonly (readonly [Slot, Slot])[];
  /** All it does is copy its one read to its one write, so that it can be left out where the two share memory. */
  readonly copy?: boolean;
}

export interface Plan {
  /** In scratch memory, or where variables lie if `isFixed`. */
  offsetOf(slot: Slot): number;
  /** Whether it lies in a variable's memory: its own, or that of the variable it becomes. */
  isFixed(slot: Slot): boolean;
  /** Bytes of scratch memory. */
  readonly bytes: number;
  /** Whether the kernel at this index is still needed. */
  readonly needed: readonly boolean[];
}

/** Buffers that share memory: alive from `first` to `last`, kernels' indices. */
interface Block {
  slots: Slot[];
  bytes: number;
  fixed: number | undefined;
  first: number;
  last: number;
  /** Indices of the kernels that touch it. */
  touched: number[];
}

function findBlocks(kernels: readonly Access[], kept: ReadonlySet<Slot>): Map<Slot, Block> {
  const blocks = new Map<Slot, Block>();
  kernels.forEach(({ reads, writes }, index) => {
    for (const slot of [...reads, ...writes]) {
      const block = blocks.get(slot);
      if (block) {
        block.last = index;
        block.touched.push(index);
      } else {
        const { bytes, fixed } = slot;
        blocks.set(slot, { slots: [slot], bytes, fixed, first: index, last: index, touched: [index] });
      }
    }
  });
  for (const slot of kept) Object.assign(known(blocks, slot), { first: 0, last: kernels.length });
  return blocks;
}

/** Lets `from` live in the memory of `into`. */
function merge(blocks: Map<Slot, Block>, from: Block, into: Block): void {
  into.first = Math.min(into.first, from.first);
  into.last = Math.max(into.last, from.last);
  into.slots.push(...from.slots);
  into.touched.push(...from.touched);
  for (const slot of from.slots) blocks.set(slot, into);
}

function known(blocks: ReadonlyMap<Slot, Block>, slot: Slot): Block {
  const block = blocks.get(slot);
  if (!block) throw new Error('a slot is asked for that no kernel touches');
  return block;
}

/** May `value`, copied at `at` to a variable, be computed in the variable's own memory from the start? */
function canWriteThrough(kernels: readonly Access[], value: Block, variable: Block, at: number): boolean {
  const maker = kernels[value.first];
  const [slot] = value.slots;
  const safe = maker.inPlace?.some(([read, written]) => written === slot && variable.slots.includes(read));
  return variable.touched.every(
    (index) => index === at || index < value.first || (index === value.first && safe === true),
  );
}

function share(kernels: readonly Access[], blocks: Map<Slot, Block>): boolean[] {
  const needed = kernels.map(() => true);
  const copies = kernels.flatMap((kernel, index) => (kernel.copy === true ? [index] : []));
  const pairOf = (index: number) => {
    const { reads, writes } = kernels[index];
    return [known(blocks, reads[0]), known(blocks, writes[0])] as const;
  };
  // Results into variables first: sharing with other inputs would make them live too long for it.
  for (const index of copies) {
    const [from, to] = pairOf(index);
    const free = from.fixed === undefined && to.fixed !== undefined && from.slots.length === 1;
    if (!free || from.bytes !== to.bytes || !canWriteThrough(kernels, from, to, index)) continue;
    merge(blocks, from, to);
    needed[index] = false;
  }
  const mayTakeOver = (from: Block, to: Block, index: number) =>
    from !== to &&
    from.fixed === undefined &&
    to.fixed === undefined &&
    from.bytes === to.bytes &&
    from.last === index &&
    to.first === index;
  for (const index of copies) {
    const [from, to] = pairOf(index);
    if (!mayTakeOver(from, to, index)) continue;
    merge(blocks, from, to);
    needed[index] = false;
  }
  kernels.forEach(({ inPlace = [] }, index) => {
    for (const [read, written] of inPlace) {
      const [from, to] = [known(blocks, read), known(blocks, written)];
      if (mayTakeOver(from, to, index)) merge(blocks, from, to);
    }
  });
  return needed;
}

function place(blocks: readonly Block[]): { offsets: Map<Block, number>; bytes: number } {
  const offsets = new Map<Block, number>();
  const placed: { block: Block; start: number; end: number }[] = [];
  let bytes = 0;
  const largestFirst = [...blocks].sort((a, b) => b.bytes - a.bytes || a.first - b.first);
  for (const block of largestFirst) {
    let start = 0;
    // `placed` is kept in order of start, so that the first gap that is wide enough is the lowest.
    for (const other of placed) {
      if (other.block.first > block.last || other.block.last < block.first) continue;
      if (other.start >= start + block.bytes) break;
      start = Math.max(start, other.end);
    }
    const entry = { block, start, end: start + alignUp(block.bytes) };
    const after = placed.findIndex((other) => other.start > start);
    placed.splice(after < 0 ? placed.length : after, 0, entry);
    offsets.set(block, start);
    bytes = Math.max(bytes, entry.end);
  }
  return { offsets, bytes };
}

/** Buffers that are alive at the same time and do not share memory must not overlap: a bug here would corrupt results. */
function check(offsets: ReadonlyMap<Block, number>): void {
  const byStart = [...offsets].sort(([, a], [, b]) => a - b);
  byStart.forEach(([block, start], at) => {
    for (const [other, otherStart] of byStart.slice(at + 1)) {
      if (otherStart >= start + block.bytes) break;
      if (other.first <= block.last && block.first <= other.last)
        throw new RunError('engine onednn: two live buffers overlap; please report this');
    }
  });
}

/** @param kept Buffers that keep what is in them from one run to the next. */
export function planMemory(kernels: readonly Access[], kept: ReadonlySet<Slot> = new Set()): Plan {
  const blocks = findBlocks(kernels, kept);
  const needed = share(kernels, blocks);
  const planned = [...new Set(blocks.values())].filter((block) => block.fixed === undefined);
  const { offsets, bytes } = place(planned);
  check(offsets);
  return {
    needed,
    bytes,
    isFixed: (slot) => known(blocks, slot).fixed !== undefined,
    offsetOf: (slot) => {
      const block = known(blocks, slot);
      return block.fixed ?? offsets.get(block) ?? 0;
    },
  };
}

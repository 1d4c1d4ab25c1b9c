/**
 * Kernels that compute the same in every run: they read nothing but variables, which a step of no updates leaves alone. Filters
 * times a normalization's scale, filters in the layout of a kernel, filters transformed for Winograd: a program that runs again
 * finds them where they were, unless somebody else has used the memory or moved a variable since (program.ts).
 */
import type { Access, Slot } from './plan.ts';

export interface Settled {
  /** Whether the kernel at this index is one. */
  readonly kernels: readonly boolean[];
  /** What other kernels read of theirs: memory that must be theirs for the whole program. */
  readonly slots: ReadonlySet<Slot>;
}

/** `perRun` says which kernels do what cannot be seen from buffers: take inputs, give outputs. */
export function findSettled(kernels: readonly Access[], perRun: (index: number) => boolean): Settled {
  const writers = new Map<Slot, number[]>();
  kernels.forEach(({ writes }, index) => {
    for (const slot of writes) writers.set(slot, [...(writers.get(slot) ?? []), index]);
  });
  const settled = kernels.map(({ writes }, index) => writes.length > 0 && !perRun(index));
  const isSettled = (slot: Slot) => (writers.get(slot) ?? []).every((index) => settled[index]);
  // One that is not may be the reason that another is not, before it or after it.
  for (let changed = true; changed; ) {
    changed = false;
    kernels.forEach(({ reads, writes }, index) => {
      if (!settled[index] || [...reads, ...writes].every(isSettled)) return;
      settled[index] = false;
      changed = true;
    });
  }
  const others = kernels.filter((_, index) => !settled[index]);
  const slots = new Set(
    others.flatMap(({ reads }) => reads.filter((slot) => writers.has(slot) && isSettled(slot))),
  );
  return { kernels: settled, slots };
}

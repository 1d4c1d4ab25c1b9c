import { describe, expect, test } from 'vitest';
import { type Access, planMemory, type Slot } from './plan.ts';

const slot = (bytes: number, fixed?: number): Slot => (fixed === undefined ? { bytes } : { bytes, fixed });

/** A repeatable stream of numbers in [0, 1). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('the memory plan', () => {
  test('memory is used again once nobody reads it', () => {
    const [a, b, c] = [slot(1000), slot(1000), slot(1000)];
    const plan = planMemory([
      { reads: [], writes: [a] },
      { reads: [a], writes: [b] },
      { reads: [b], writes: [c] },
      { reads: [c], writes: [] },
    ]);
    expect(plan.offsetOf(c)).toBe(plan.offsetOf(a));
    expect(plan.offsetOf(b)).not.toBe(plan.offsetOf(a));
    expect(plan.bytes).toBe(2048);
  });

  test('an elementwise kernel writes over what nobody reads later', () => {
    const [a, b] = [slot(1000), slot(1000)];
    const plan = planMemory([
      { reads: [], writes: [a] },
      { reads: [a], writes: [b], inPlace: [[a, b]] },
      { reads: [b], writes: [] },
    ]);
    expect(plan.offsetOf(b)).toBe(plan.offsetOf(a));
    expect(plan.bytes).toBe(1024);
  });

  test('but not over what somebody reads later', () => {
    const [a, b] = [slot(1000), slot(1000)];
    const plan = planMemory([
      { reads: [], writes: [a] },
      { reads: [a], writes: [b], inPlace: [[a, b]] },
      { reads: [a, b], writes: [] },
    ]);
    expect(plan.offsetOf(b)).not.toBe(plan.offsetOf(a));
  });

  test('a copy of what nobody else needs is left out', () => {
    const [a, b] = [slot(1000), slot(1000)];
    const plan = planMemory([
      { reads: [], writes: [a] },
      { reads: [a], writes: [b], copy: true },
      { reads: [b], writes: [] },
    ]);
    expect(plan.needed).toEqual([true, false, true]);
    expect(plan.offsetOf(b)).toBe(plan.offsetOf(a));
  });

  test('an update is computed in the variable itself, reading it as it is overwritten', () => {
    const variable = slot(1000, 4096);
    const [gradient, value] = [slot(1000), slot(1000)];
    const plan = planMemory([
      { reads: [], writes: [gradient] },
      {
        reads: [variable, gradient],
        writes: [value],
        inPlace: [
          [variable, value],
          [gradient, value],
        ],
      },
      { reads: [value], writes: [variable], copy: true },
    ]);
    expect(plan.needed).toEqual([true, true, false]);
    expect(plan.offsetOf(value)).toBe(4096);
    expect(plan.isFixed(value)).toBe(true);
  });

  test('an update waits in memory of its own while the old value is still read', () => {
    const variable = slot(1000, 4096);
    const value = slot(1000);
    const plan = planMemory([
      { reads: [variable], writes: [value], inPlace: [[variable, value]] },
      { reads: [variable], writes: [] },
      { reads: [value], writes: [variable], copy: true },
    ]);
    expect(plan.needed).toEqual([true, true, true]);
    expect(plan.offsetOf(value)).not.toBe(4096);
  });

  test('two variables that swap keep a copy', () => {
    const [a, b, saved] = [slot(64, 0), slot(64, 64), slot(64)];
    const plan = planMemory([
      { reads: [a], writes: [saved], copy: true },
      { reads: [b], writes: [a], copy: true },
      { reads: [saved], writes: [b], copy: true },
    ]);
    expect(plan.needed).toEqual([true, true, true]);
  });

  test.each([1, 2, 3, 4])('programs at random: what is alive together is apart (seed %i)', (seed) => {
    const next = numbers(seed);
    const slots = Array.from({ length: 120 }, () => slot(4 * Math.ceil(next() * 5000)));
    const kernels: Access[] = slots.map((written, at) => ({
      reads: slots.slice(Math.max(0, at - 12), at).filter(() => next() < 0.3),
      writes: [written],
    }));
    const plan = planMemory(kernels);
    const lives = slots.map((each, first) => {
      const last = kernels.findLastIndex(({ reads }) => reads.includes(each));
      return { start: plan.offsetOf(each), bytes: each.bytes, first, last: Math.max(first, last) };
    });
    for (const a of lives)
      for (const b of lives) {
        if (a === b || a.last < b.first || b.last < a.first) continue;
        expect(a.start + a.bytes <= b.start || b.start + b.bytes <= a.start).toBe(true);
      }
    const everything = slots.reduce((total, { bytes }) => total + bytes, 0);
    expect(plan.bytes).toBeLessThan(everything / 3);
    expect(lives.every(({ start }) => start % 64 === 0)).toBe(true);
  });
});

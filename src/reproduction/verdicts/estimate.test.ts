import { expect, it } from 'vitest';
import { overSeeds, overSeedsOf } from './estimate.ts';

const alternating = (count: number, of: readonly number[]) =>
  Uint8Array.from({ length: count }, (_, at) => of[at % of.length]);

it('is as sure of an accuracy as its examples where seeds agree on each', () => {
  const row = alternating(100, [1, 0]);
  const { value, interval, seeds } = overSeeds([row, row, row]);
  expect([value, seeds]).toEqual([0.5, [0.5, 0.5, 0.5]]);
  // variance 25 / 99 over 100 examples, t(0.975, 99) = 1.984217; three seeds that say the same add nothing
  expect(interval[1]).toBeCloseTo(0.5 + 1.984217 * Math.sqrt(25 / 99 / 100), 5);
});

it('knows that none of many is not certainly nothing, and that no accuracy is beyond 0 and 1', () => {
  const none = overSeeds([alternating(100, [0]), alternating(100, [0])]);
  expect(none.value).toBe(0);
  // Wilson: z^2 / (n + z^2)
  expect(none.interval[1]).toBeCloseTo(3.841459 / 103.841459, 5);
  const few = overSeeds([alternating(100, [1, 0, 0, 0]), alternating(100, [0])]);
  expect(few.interval[0]).toBe(0);
});

it('gives the spread of seeds to a number, and none to that of one seed', () => {
  const { value, interval } = overSeedsOf([1, 2, 3]);
  expect(value).toBe(2);
  // t(0.975, 2) = 4.302653, standard error 1 / sqrt(3)
  expect(interval[0]).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5);
  expect(overSeedsOf([4])).toEqual({ value: 4, interval: [4, 4], seeds: [4] });
});

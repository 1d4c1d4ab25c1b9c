import { describe, expect, it } from 'vitest';
import {
  above,
  alike,
  decide,
  estimateOver,
  notBelow,
  type Rule,
  ruleText,
  sameOrder,
  together,
  type Verdict,
} from './estimate.ts';

const alternating = (count: number, of: readonly number[]) =>
  Array.from({ length: count }, (_, at) => of[at % of.length]);

describe('estimateOver', () => {
  it('is the paired t interval where there is one seed', () => {
    const { value, interval, p, seeds, examples } = estimateOver([[1, 0, 0, 1, 0, 1, 0, 0, 1, 0]]);
    expect([value, seeds, examples]).toEqual([0.4, 1, 10]);
    // mean 0.4, variance 0.24 * 10 / 9, t(0.975, 9) = 2.262157
    const error = Math.sqrt((0.24 * 10) / 9 / 10);
    expect(interval[0]).toBeCloseTo(0.4 - 2.262157 * error, 5);
    expect(interval[1]).toBeCloseTo(0.4 + 2.262157 * error, 5);
    // t = 2.449490: the density of t(9), integrated by Simpson's rule, leaves this much beyond either side.
    expect(p).toBeCloseTo(0.0367875, 6);
  });

  it('is as sure as its seeds where examples hardly differ', () => {
    // Every example of a seed has the same difference: the seeds' means 1, 2, 3 alone count.
    const { value, interval } = estimateOver([1, 2, 3].map((d) => alternating(50, [d])));
    expect(value).toBe(2);
    // t(0.975, 2) = 4.302653, standard error 1 / sqrt(3)
    expect(interval[0]).toBeCloseTo(2 - 4.302653 / Math.sqrt(3), 5);
  });

  it('is as sure as its examples where seeds agree on each', () => {
    const row = alternating(100, [1, -1]);
    const { value, interval } = estimateOver([row, row, row]);
    expect(value).toBe(0);
    // variance 100 / 99 over 100 examples, t(0.975, 99) = 1.984217; three seeds that say the same add nothing
    expect(interval[1]).toBeCloseTo(1.984217 * Math.sqrt(1 / 99), 5);
  });

  it('counts noise of single outcomes once, not in both margins', () => {
    // Differences that depend on seed and example together, with both margins as level as can be.
    const rows = [0, 1, 2, 3].map((s) => Array.from({ length: 400 }, (_, e) => ((s + e) % 4 < 2 ? 1 : -1)));
    const { interval } = estimateOver(rows);
    // Level margins: neither seeds nor examples differ in their means, so nothing is uncertain about the mean.
    expect(interval).toEqual([0, 0]);
  });

  it('says that no difference is no difference', () => {
    expect(estimateOver([[0, 0, 0]])).toEqual({ value: 0, interval: [0, 0], p: 1, seeds: 1, examples: 3 });
  });

  it('refuses rows of different examples', () => {
    expect(() => estimateOver([[1, 2], [1]])).toThrow(/same two or more examples/);
  });
});

const estimate = (low: number, high: number, seeds = 3) => ({
  value: (low + high) / 2,
  interval: [low, high] as const,
  p: 0.5,
  seeds,
  examples: 100,
});

const cases: readonly [string, Rule, readonly [number, number], Verdict][] = [
  ['inside the margin', alike(0.04), [-0.03, 0.02], 'holds'],
  ['over an end of the margin', alike(0.04), [0.01, 0.05], 'not shown at this scale'],
  ['wider than the margin', alike(0.04), [-0.05, 0.05], 'not shown at this scale'],
  ['beyond the margin', alike(0.04), [0.05, 0.09], 'does not hold'],
  ['below the margin', alike(0.04), [-0.09, -0.05], 'does not hold'],
  ['above nothing', above(0), [0.001, 0.2], 'holds'],
  ['about nothing', above(0), [-0.001, 0.2], 'not shown at this scale'],
  ['below nothing', above(0), [-0.2, -0.001], 'does not hold'],
  ['a little lower is not below', notBelow(0.04), [-0.039, 0.2], 'holds'],
  ['much lower is below', notBelow(0.04), [-0.2, -0.041], 'does not hold'],
  ['half as much is of the same order', sameOrder, [0.4, 0.6], 'holds'],
  ['ten times as much is not', sameOrder, [8, 12], 'does not hold'],
];

it.each(cases)('%s', (_, rule, [low, high], verdict) => {
  expect(decide(rule, estimate(low, high))).toBe(verdict);
});

it('decides nothing with one seed, or with nothing', () => {
  expect(decide(above(0), estimate(1, 2, 1))).toBe('not shown at this scale');
  expect(decide(above(0), undefined)).toBe('not shown at this scale');
});

it('lets a claim hold where every statement does, and fail where one fails', () => {
  expect(together(['holds', 'holds'])).toBe('holds');
  expect(together(['holds', 'not shown at this scale'])).toBe('not shown at this scale');
  expect(together(['holds', 'not shown at this scale', 'does not hold'])).toBe('does not hold');
  expect(together([])).toBe('not shown at this scale');
});

it.each([
  [alike(0.04), 'accuracy', 'within ±4.0 points'],
  [above(0), 'accuracy', 'above 0.0 points'],
  [notBelow(0.04), 'accuracy', 'above −4.0 points'],
  [sameOrder, 'ratio', 'between 0.316 and 3.16'],
  [{ from: 0, to: 0.1 }, 'ratio', 'below 0.1'],
] as const)('says in words what a rule allows: %o', (rule, unit, text) => {
  expect(ruleText(rule, unit)).toBe(text);
});

import { describe, expect, test } from 'vitest';
import { normals } from '../random/index.ts';
import { fiellerShare, holm, pInside, pOutside } from './decisions.ts';
import { intervalOf, meanOfSeeds, pAbove, pBelow } from './two-way.ts';

const { POSITIVE_INFINITY } = Number;
const estimate = meanOfSeeds([0.1, 0.3, 0.2, 0.4]);

describe('equivalence', () => {
  test('has the larger of two one-sided p values', () => {
    expect(pInside(estimate, { from: -1, to: 0.6 })).toBe(pBelow(estimate, 0.6));
    expect(pInside(estimate, { from: 0, to: 1 })).toBe(pAbove(estimate, 0));
    expect(pInside(estimate, { from: 0.1, to: POSITIVE_INFINITY })).toBe(pAbove(estimate, 0.1));
  });

  test('is shown just where the interval of 90 % lies inside', () => {
    const [low, high] = intervalOf(estimate, 0.9);
    expect(pInside(estimate, { from: low - 1e-6, to: high + 1e-6 })).toBeLessThan(0.05);
    expect(pInside(estimate, { from: low + 1e-6, to: high + 1e-6 })).toBeGreaterThan(0.05);
    expect(pInside(estimate, { from: low - 1e-6, to: high - 1e-6 })).toBeGreaterThan(0.05);
  });

  test('is refuted outside, at twice the smaller p value', () => {
    expect(pOutside(estimate, { from: -0.1, to: 0.1 })).toBeCloseTo(2 * pAbove(estimate, 0.1), 12);
    expect(pOutside(estimate, { from: 0.4, to: POSITIVE_INFINITY })).toBe(pBelow(estimate, 0.4));
  });
});

describe("Holm's correction", () => {
  test('of a known example', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  });
  test('of one value, and of none', () => {
    expect(holm([0.04])).toEqual([0.04]);
    expect(holm([])).toEqual([]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
  });
});

describe("Fieller's interval", () => {
  const [seeds, examples] = [6, 40];
  /** A part and a whole with these means. */
  const layouts = (draws: Float32Array, part: number, whole: number, spread: number) => {
    let next = 0;
    const rows = (mean: number) => {
      const ofSeed = Array.from({ length: seeds }, () => spread * draws[next++]);
      return ofSeed.map((each) => Float64Array.from({ length: examples }, () => mean + each + draws[next++]));
    };
    return [rows(part), rows(whole)] as const;
  };
  const size = 2 * seeds * (examples + 1);

  test('of the whole itself is one', () => {
    const draws = new Float32Array(size);
    normals({ seed: 1, purpose: 'noise' }, draws);
    const [, whole] = layouts(draws, 1, 4, 0.2);
    const share = fiellerShare(whole, whole);
    expect(share.value).toBe(1);
    expect(share.interval?.[0]).toBeCloseTo(1, 2);
    expect(share.interval?.[1]).toBeCloseTo(1, 2);
  });

  test('covers the share in about 95 % of simulated experiments', () => {
    const experiments = 1000;
    const draws = new Float32Array(size * experiments);
    normals({ seed: 2, purpose: 'noise' }, draws);
    let covered = 0;
    for (let at = 0; at < experiments; at += 1) {
      const [part, whole] = layouts(draws.subarray(at * size, (at + 1) * size), 1.2, 2, 0.2);
      const { interval } = fiellerShare(part, whole);
      if (interval && interval[0] <= 0.6 && interval[1] >= 0.6) covered += 1;
    }
    expect(covered / experiments).toBeGreaterThanOrEqual(0.94);
    expect(covered / experiments).toBeLessThan(0.995);
  });

  test('is none where the whole is not told from nothing', () => {
    const draws = new Float32Array(size);
    normals({ seed: 3, purpose: 'noise' }, draws);
    const [part, whole] = layouts(draws, 1, 0, 0.5);
    expect(fiellerShare(part, whole).interval).toBeUndefined();
  });
});

import { describe, expect, test } from 'vitest';
import { integers, normals } from '../random/index.ts';
import { averageMeasures, bootstrap, cosine, meanDistance, measure, wasserstein } from './measures.ts';

describe('wasserstein', () => {
  // The unequal ones by SciPy's scipy.stats.wasserstein_distance, whose documentation has the first two.
  test.each([
    [[0, 1, 3], [5, 6, 8], 5],
    [[0, 1], [0, 1, 1, 1], 0.25],
    [[0, 1, 3], [2], 4 / 3],
    [[1, 2, 3, 4], [1, 2, 3], 0.5],
    [[7], [7, 7, 7], 0],
    [[3, 1, 2], [1, 2, 3], 0],
    [[-1, 1], [0, 0], 1],
  ])('of %j and %j is %s', (a, b, expected) => {
    expect(wasserstein(a, b)).toBeCloseTo(expected, 12);
    expect(wasserstein(b, a)).toBeCloseTo(expected, 12);
  });

  test('of sets of one size is the mean difference of sorted values', () => {
    const draw = (draw: number) => {
      const values = new Float32Array(97);
      normals({ seed: 1, purpose: 'noise', draw }, values, draw, 1 + draw);
      return values;
    };
    const [a, b] = [draw(0), draw(1)];
    const sorted = [a, b].map((values) => [...values].sort((x, y) => x - y));
    const expected = sorted[0].reduce((total, x, at) => total + Math.abs(x - sorted[1][at]), 0) / 97;
    expect(wasserstein(a, b)).toBeCloseTo(expected, 12);
    expect(wasserstein(a, b)).toBeLessThanOrEqual(meanDistance(a, b));
  });

  test('does not change where every value is there three times', () => {
    const values = [...integers({ seed: 2, purpose: 'noise' }, 50, 1000)];
    const thrice = values.flatMap((value) => [value, value, value]);
    expect(wasserstein(values, thrice)).toBe(0);
    expect(
      wasserstein(
        values,
        thrice.map((value) => value + 2),
      ),
    ).toBeCloseTo(2, 9);
  });

  test('an empty set is refused', () => {
    expect(() => wasserstein([], [1])).toThrow(RangeError);
  });
});

test('distance goes by channel, where wasserstein does not', () => {
  expect(measure([0, 1], [1, 0])).toEqual({ distance: 1, wasserstein: 0, cosine: 0 });
  expect(meanDistance([0.5, -1, 2], [0.25, 1, 2])).toBe(0.75);
  expect(() => meanDistance([1], [1, 2])).toThrow('1 and 2 channels');
});

test.each([
  [[1, 2, 3], [2, 4, 6], 1],
  [[1, 0], [0, 5], 0],
  [[1, 1], [-2, -2], -1],
  [[3, 4], [4, 3], 0.96],
  [[0, 0], [0, 0], 1],
  [[0, 0], [0, 1], 0],
])('the cosine of %j and %j is %s', (a, b, expected) => {
  expect(cosine(a, b)).toBeCloseTo(expected, 12);
});

test('an average is over layers, each counting once', () => {
  const a = { distance: 1, wasserstein: 0.5, cosine: 1 };
  const b = { distance: 2, wasserstein: 0, cosine: -1 };
  expect(averageMeasures([a, b])).toEqual({ distance: 1.5, wasserstein: 0.25, cosine: 0 });
});

test('of equal values knows exactly', () => {
  expect(bootstrap(5)([2, 2, 2, 2, 2])).toEqual({ value: 2, interval: [2, 2] });
});

test('is near the normal interval of many values', () => {
  const values = new Float32Array(400);
  normals({ seed: 1, purpose: 'noise' }, values, 10, 2);
  const { value, interval } = bootstrap(400)([...values]);
  expect(value).toBeCloseTo(values.reduce((a, b) => a + b) / 400, 9);
  // 1.96 x 2 / sqrt(400) = 0.196, give or take the sample's own deviation and the draws.
  expect(value - interval[0]).toBeGreaterThan(0.17);
  expect(value - interval[0]).toBeLessThan(0.23);
  expect(interval[1] - value).toBeGreaterThan(0.17);
  expect(interval[1] - value).toBeLessThan(0.23);
});

test('of two values, the interval ends at the values: a quarter of the draws takes one twice', () => {
  expect(bootstrap(2)([0, 1])).toEqual({ value: 0.5, interval: [0, 1] });
});

test('the seed decides, and the draws are the same for every set of values', () => {
  const values = [1, 4, 2, 8, 5, 7];
  expect(bootstrap(6, { seed: 3 })(values)).toEqual(bootstrap(6, { seed: 3 })(values));
  expect(bootstrap(6, { seed: 4, draws: 100 })(values)).not.toEqual(
    bootstrap(6, { seed: 3, draws: 100 })(values),
  );
  const estimate = bootstrap(6);
  const [low, high] = estimate(values).interval;
  const shifted = estimate(values.map((value) => value + 16));
  expect(shifted.interval[0]).toBeCloseTo(low + 16, 9);
  expect(shifted.interval[1]).toBeCloseTo(high + 16, 9);
});

test('another number of values is refused', () => {
  expect(() => bootstrap(3)([1, 2])).toThrow('expected 3 values, found 2');
});

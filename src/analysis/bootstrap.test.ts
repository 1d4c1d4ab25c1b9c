import { expect, test } from 'vitest';
import { normals } from '../random/index.ts';
import { bootstrap } from './bootstrap.ts';

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

import { expect, it } from 'vitest';
import { mean, standardDeviation, variance } from './moments.ts';

it('gives mean and unbiased spread', () => {
  const values = [2, 4, 4, 4, 5, 5, 7, 9];
  expect(mean(values)).toBe(5);
  expect(variance(values)).toBeCloseTo(32 / 7, 15);
  expect(standardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 15);
});

it('finds no spread in a single value', () => {
  expect([variance([3]), standardDeviation(Float32Array.of(3))]).toEqual([0, 0]);
});

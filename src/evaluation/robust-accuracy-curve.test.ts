import { expect, test } from 'vitest';
import { wilsonInterval } from '../statistics/index.ts';
import { robustAccuracyCurve } from './robust-accuracy-curve.ts';

const never = Number.POSITIVE_INFINITY;

test('an example is robust below its distance, and at it no longer', () => {
  const distances = Float32Array.of(0, 4 / 255, 8 / 255, never);
  const epsilons = [0, 2 / 255, 4 / 255, 6 / 255, 8 / 255, 1];
  const curve = robustAccuracyCurve(distances, epsilons);
  expect(curve.map(({ epsilon }) => epsilon)).toEqual(epsilons);
  expect(curve.map(({ accuracy }) => accuracy)).toEqual([0.75, 0.75, 0.5, 0.5, 0.25, 0.25]);
  expect(curve.map(({ interval }) => interval)).toEqual([3, 3, 2, 2, 1, 1].map((k) => wilsonInterval(k, 4)));
});

test('at epsilon 0 accuracy is clean accuracy, however near an adversarial image is', () => {
  expect(robustAccuracyCurve([1e-3, 0, 1e-9], [0])[0].accuracy).toBeCloseTo(1 / 3, 12);
});

test('what is not a number is never robust, and no examples say nothing', () => {
  expect(robustAccuracyCurve([Number.NaN, never], [0.1])[0].accuracy).toBe(0.5);
  expect(robustAccuracyCurve([], [0.1])).toEqual([{ epsilon: 0.1, accuracy: 0, interval: [0, 1] }]);
  expect(robustAccuracyCurve([1], [])).toEqual([]);
});

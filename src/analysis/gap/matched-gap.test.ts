import { describe, expect, test } from 'vitest';
import { normals } from '../../random/index.ts';
import type { LayerStatistics } from '../batch-statistics.ts';
import { channelDifferences, estimateUnbiased, scaledDistance, unbiasedDistance } from './matched-gap.ts';

const layer = (mean: readonly number[], variance: readonly number[]): LayerStatistics => ({
  layer: 'bn1',
  mean: Float64Array.from(mean),
  variance: Float64Array.from(variance),
  count: 100,
});

test('differences are in units of the spread of what they are taken from', () => {
  const [a, b] = [layer([1, 2], [4, 1]), layer([0, 2], [4, 4])];
  const [mu, sigma] = [channelDifferences.mu(a, b), channelDifferences.sigma(a, b)];
  expect(mu[0]).toBeCloseTo(0.5, 5);
  expect(mu[1]).toBe(0);
  expect(sigma[0]).toBe(0);
  expect(sigma[1]).toBeCloseTo(-Math.log(2), 4);
  expect(scaledDistance(mu)).toBeCloseTo(0.25, 5);
});

test('a channel that is dead in both does not divide by nothing', () => {
  const dead = layer([0], [0]);
  expect(channelDifferences.mu(dead, dead)).toEqual(Float64Array.of(0));
  expect(channelDifferences.sigma(dead, dead)).toEqual(Float64Array.of(0));
});

describe('the unbiased distance', () => {
  test('of differences that are the same in every batch is their root mean square', () => {
    const each = Float64Array.of(3, 4);
    expect(unbiasedDistance([each, each, each])).toBeCloseTo(Math.sqrt(12.5), 12);
  });

  test('is negative where batches contradict each other', () => {
    expect(unbiasedDistance([Float64Array.of(1), Float64Array.of(-1)])).toBe(-1);
  });

  test('of one batch is not known', () => {
    expect(() => unbiasedDistance([Float64Array.of(1)])).toThrow(RangeError);
  });

  /** Squares of it, and plain distances, of batches around a true difference with a sampling error of one. */
  function simulate(difference: number) {
    const [channels, batches, times] = [16, 4, 2000];
    const draws = new Float32Array(channels * batches * times);
    normals({ seed: 3, purpose: 'noise' }, draws);
    let [square, plain] = [0, 0];
    for (let time = 0; time < times; time += 1) {
      const folds = Array.from({ length: batches }, (_, k) =>
        Float64Array.from(
          draws.subarray((time * batches + k) * channels, (time * batches + k + 1) * channels),
          (each) => difference + each,
        ),
      );
      const found = unbiasedDistance(folds);
      square += (found * Math.abs(found)) / times;
      plain += scaledDistance(folds[0]) / times;
    }
    return { square, plain };
  }

  test('is nothing in the mean where nothing differs, though the plain distance is not', () => {
    const { square, plain } = simulate(0);
    expect(square).toBeCloseTo(0, 1);
    // The mean of |N(0, 1)|.
    expect(plain).toBeCloseTo(Math.sqrt(2 / Math.PI), 1);
  });

  test('finds the square of what was planted', () => {
    expect(simulate(0.5).square).toBeCloseTo(0.25, 1);
    expect(simulate(2).square).toBeCloseTo(4, 1);
  });

  test('has an interval from three batches on, which holds what was planted about as often as it says', () => {
    expect(estimateUnbiased([[Float64Array.of(1), Float64Array.of(1)]]).interval).toBeUndefined();
    const [channels, batches, times] = [16, 8, 600];
    const draws = new Float32Array(channels * batches * times);
    normals({ seed: 4, purpose: 'noise' }, draws);
    let covered = 0;
    for (let time = 0; time < times; time += 1) {
      const folds = Array.from({ length: batches }, (_, k) =>
        Float64Array.from(
          draws.subarray((time * batches + k) * channels, (time * batches + k + 1) * channels),
          (each) => 1 + each,
        ),
      );
      const { interval } = estimateUnbiased([folds]);
      if (interval && interval[0] <= 1 && interval[1] >= 1) covered += 1;
    }
    expect(covered / times).toBeGreaterThan(0.92);
  });
});

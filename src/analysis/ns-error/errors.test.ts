import { describe, expect, test } from 'vitest';
import { normals } from '../../random/index.ts';
import type { LayerStatistics } from '../batch-statistics.ts';
import { batchErrors, statisticsErrors } from './errors.ts';

const layer = (name: string, mean: number[], sigma: number[]): LayerStatistics => ({
  layer: name,
  mean: Float64Array.from(mean),
  // What the layer divides by is then just sigma.
  variance: Float64Array.from(sigma, (value) => value ** 2 - 1e-5),
  count: 10,
});

describe('the error of statistics', () => {
  const reference = [layer('a', [0, 1], [2, 0.5]), layer('b', [3, 3], [1, 1])];

  test('is in units of sigma and of its logarithm, channel against channel, and averaged over layers', () => {
    const e = Math.E;
    const { layers, ...average } = statisticsErrors(
      [layer('a', [1, 0.5], [2 * e, 0.5 / e]), layer('b', [3, 2], [1, 1])],
      reference,
    );
    expect(layers.map(({ layer: name }) => name)).toEqual(['a', 'b']);
    // (1 / 2 + 0.5 / 0.5) / 2, and (1 + 1) / 2: errors of opposite signs do not cancel.
    expect(layers[0].mu).toBeCloseTo(0.75, 12);
    expect(layers[0].sigma).toBeCloseTo(1, 12);
    expect(layers[1].mu).toBeCloseTo(0.5, 12);
    expect(layers[1].sigma).toBeCloseTo(0, 12);
    expect(average.mu).toBeCloseTo(0.625, 12);
    expect(average.sigma).toBeCloseTo(0.5, 12);
  });

  test('is none of themselves, in whatever order layers are', () => {
    expect(statisticsErrors(reference.toReversed(), reference)).toMatchObject({ mu: 0, sigma: 0 });
  });

  test('of a channel that is always zero is finite', () => {
    const dead: LayerStatistics = { ...layer('a', [0], [1]), variance: new Float64Array(1) };
    expect(statisticsErrors([dead], [dead])).toMatchObject({ mu: 0, sigma: 0 });
  });

  test('asks for the same layers', () => {
    expect(() => statisticsErrors([layer('a', [1, 1], [1, 1])], reference)).toThrow('no statistics for b');
  });
});

describe('the error of one batch', () => {
  test('is the standard deviation over batches, of mu in units of sigma', () => {
    const batches = [[layer('a', [1], [1])], [layer('a', [3], [Math.exp(2)])]];
    const { mu, sigma } = batchErrors(batches, [layer('a', [2], [4])]);
    expect(mu).toBeCloseTo(Math.SQRT2 / 4, 12);
    expect(sigma).toBeCloseTo(Math.SQRT2, 12);
  });

  test('of n independent normal numbers is 1 / sqrt(n) of mu and 1 / sqrt(2 n) of log sigma', () => {
    const [n, count] = [50, 400];
    const batches = Array.from({ length: count }, (_, draw) => {
      const values = new Float32Array(n);
      normals({ seed: 3, purpose: 'noise', draw }, values, 5, 2);
      const mean = values.reduce((sum, value) => sum + value, 0) / n;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
      return [layer('a', [mean], [Math.sqrt(variance)])];
    });
    const { mu, sigma } = batchErrors(batches, [layer('a', [5], [2])]);
    // A standard deviation of 400 numbers is off by 1 / sqrt(800) of itself: four of those.
    expect(Math.abs(mu * Math.sqrt(n) - 1)).toBeLessThan(0.14);
    expect(Math.abs(sigma * Math.sqrt(2 * n) - 1)).toBeLessThan(0.14);
  });

  test('is none of a single batch', () => {
    expect(() => batchErrors([[layer('a', [1], [1])]], [layer('a', [1], [1])])).toThrow('one batch alone');
  });
});

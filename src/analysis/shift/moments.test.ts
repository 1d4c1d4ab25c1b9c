import { describe, expect, test } from 'vitest';
import { normals } from '../../random/index.ts';
import {
  averageOf,
  combineSums,
  commonShareError,
  commonSquare,
  type LayerShifts,
  meanSquare,
  sharesOf,
  sumRows,
} from './moments.ts';

/** N shifts of normal values around a common one of the given height, [N, size]. */
function drawn(draw: number, count: number, size: number, height: number): Float32Array {
  const rows = new Float32Array(count * size);
  normals({ seed: 3, purpose: 'noise', draw }, rows, height, 1);
  return rows;
}

const layerOf = (rows: Float32Array, count: number): LayerShifts => {
  const sums = sumRows(rows, count);
  return { layer: 'bn1', pixels: 1, means: sums, spreads: sums, positions: sums };
};

test('shifts that are all alike are common, and those that are opposed are not', () => {
  const alike = sumRows([1, 2, 1, 2, 1, 2], 3);
  expect(commonSquare(alike) / meanSquare(alike)).toBeCloseTo(1, 12);
  // Two opposed: the pair's product is -|d|^2.
  const opposed = sumRows([1, 2, -1, -2], 2);
  expect(commonSquare(opposed) / meanSquare(opposed)).toBeCloseTo(-1, 12);
});

describe('of few images the share has no bias', () => {
  test.each([0, 0.5])('of a common shift of %d deviations', (height) => {
    const draws = Array.from({ length: 4000 }, (_, draw) => sumRows(drawn(draw, 5, 4, height), 5));
    const mean = (of: (sums: (typeof draws)[number]) => number) =>
      draws.reduce((total, sums) => total + of(sums), 0) / draws.length;
    expect(mean(commonSquare)).toBeCloseTo(4 * height ** 2, 1);
    expect(mean(meanSquare)).toBeCloseTo(4 * (1 + height ** 2), 1);
    // The squared mean shift itself is too long by a fifth of the squared length.
    const naive = mean(({ sum, count }) => sum.reduce((total, value) => total + (value / count) ** 2, 0));
    expect(naive - mean(commonSquare)).toBeCloseTo(4 / 5, 1);
  });
});

test('sums of batches add up, and can be taken away', () => {
  const [one, other] = [drawn(1, 6, 3, 0), drawn(2, 4, 3, 1)];
  const both = sumRows(Float32Array.of(...one, ...other), 10);
  const added = combineSums(sumRows(one, 6), sumRows(other, 4));
  expect(added.count).toBe(10);
  for (const [at, value] of both.sum.entries()) expect(added.sum[at]).toBeCloseTo(value, 10);
  expect(added.squares).toBeCloseTo(both.squares, 10);
  const back = combineSums(added, sumRows(other, 4), -1);
  expect(back.squares).toBeCloseTo(sumRows(one, 6).squares, 10);
});

test('the jackknife’s error is that of the share over repetitions', () => {
  const [batches, size] = [8, 50];
  const repetitions = Array.from({ length: 60 }, (_, at) =>
    Array.from({ length: batches }, (__, batch) => [layerOf(drawn(100 * at + batch, size, 4, 0.4), size)]),
  );
  const shares = repetitions.map((each) => {
    const all = each.map(([layer]) => layer.means).reduce((a, b) => combineSums(a, b));
    return commonSquare(all) / meanSquare(all);
  });
  const mean = shares.reduce((a, b) => a + b) / shares.length;
  const spread = Math.sqrt(
    shares.reduce((total, each) => total + (each - mean) ** 2, 0) / (shares.length - 1),
  );
  const error = repetitions.reduce((total, each) => total + commonShareError(each), 0) / repetitions.length;
  expect(error / spread).toBeGreaterThan(0.75);
  expect(error / spread).toBeLessThan(1.3);
});

test('what mu sees is the common shift of a channel at all places', () => {
  // Two images, one channel of two pixels: both shift by 1 at the first pixel and by -1 at the second.
  const positions = sumRows([1, -1, 1, -1], 2);
  const layer = {
    layer: 'bn1',
    pixels: 2,
    means: sumRows([0, 0], 2),
    spreads: sumRows([0, 0], 2),
    positions,
  };
  expect(sharesOf(layer)).toMatchObject({ commonShare: 0, positionCommonShare: 1, seenShare: 0, size: 0 });
  // Both by 1 at both pixels.
  const even = { ...layer, means: sumRows([1, 1], 2), positions: sumRows([1, 1, 1, 1], 2) };
  expect(sharesOf(even)).toMatchObject({ commonShare: 1, seenShare: 1, size: 1, commonSize: 1 });
  expect(averageOf([sharesOf(layer), sharesOf(even)])).toMatchObject({ commonShare: 0.5, seenShare: 0.5 });
});

import { describe, expect, test } from 'vitest';
import { uniforms } from '../../random/index.ts';
import {
  displacedBy,
  displacementBetween,
  type LayerPlace,
  multipleAt,
  sizeOfDisplacement,
  withRandomSigns,
} from './displacement.ts';

const drawn = (draw: number, channels: number, low: number, high: number) => {
  const values = new Float32Array(channels);
  uniforms({ seed: 1, purpose: 'noise', draw }, values, low, high);
  return Float64Array.from(values);
};
const place = (draw: number, channels = 12): LayerPlace => ({
  layer: 'bn1',
  mean: drawn(draw, channels, -1, 1),
  variance: drawn(draw + 1, channels, 0.1, 2),
});

describe('along the way from one set of NS to another', () => {
  const [from, to] = [[place(1)], [place(11)]];
  const way = displacementBetween(from, to);

  test('once is the other, none the first', () => {
    for (const [multiple, there] of [
      [0, from],
      [1, to],
    ] as const) {
      const [found] = displacedBy(from, way, multiple);
      for (const channel of found.mean.keys()) {
        expect(found.mean[channel]).toBeCloseTo(there[0].mean[channel], 12);
        expect(found.variance[channel]).toBeCloseTo(there[0].variance[channel], 12);
      }
    }
  });

  test('twice is as far again: mu in a line, sigma by a factor', () => {
    const [found] = displacedBy(from, way, 2);
    expect(found.mean[0]).toBeCloseTo(2 * to[0].mean[0] - from[0].mean[0], 12);
    expect(found.variance[0]).toBeCloseTo(to[0].variance[0] ** 2 / from[0].variance[0], 3);
  });

  test('a variance never falls below 0', () => {
    const [found] = displacedBy(from, [{ ...way[0], logSigma: way[0].logSigma.map(() => -1) }], 1000);
    expect(Math.min(...found.variance)).toBe(0);
  });
});

test('random signs keep how far each channel goes, differ by draw, and are the same for the same seed', () => {
  const way = displacementBetween([place(1, 200)], [place(11, 200)]);
  const [one, again, other] = [0, 0, 1].map((draw) => withRandomSigns(way, { seed: 4, draw }));
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  expect(sizeOfDisplacement(one)).toEqual(sizeOfDisplacement(way));
  const turned = one[0].mu.filter((value, at) => value !== way[0].mu[at]).length;
  expect(turned).toBeGreaterThan(70);
  expect(turned).toBeLessThan(130);
  // mu and sigma of a channel have signs of their own.
  const alike = one[0].mu.filter(
    (value, at) => (value === way[0].mu[at]) === (one[0].logSigma[at] === way[0].logSigma[at]),
  ).length;
  expect(alike).toBeLessThan(130);
});

test('its size is the mean over layers of the means over channels', () => {
  const layer = (mu: number[], logSigma: number[]) => ({
    layer: 'bn1',
    mu: Float64Array.from(mu),
    logSigma: Float64Array.from(logSigma),
  });
  const size = sizeOfDisplacement([layer([1, -3], [0.5, -0.5]), layer([4], [1])]);
  expect(size).toEqual({ mu: 3, logSigma: 0.75 });
});

test.each([
  ['reached between two', [0.002, -0.006, -0.014], 3],
  ['reached at once, counted from 0', [-0.04, -0.06, -0.1], 0.25],
  ['never reached', [0.001, 0.009, -0.009], null],
  ['reached and left again: the first time', [0.01, 0, 0.02], 1],
])('the multiple at a point: %s', (_, changes, expected) => {
  const points = changes.map((change, at) => ({ multiple: 2 ** at, change }));
  const found = multipleAt(points, 0.01);
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected, 10);
});

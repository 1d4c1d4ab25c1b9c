import { describe, expect, test } from 'vitest';
import { uniforms } from '../../random/index.ts';
import { affineMap, decompose, type LayerNormalization, shapleyOfProduct } from './decomposition.ts';

const drawn = (seed: number, channels: number, low: number, high: number) => {
  const values = new Float32Array(channels);
  uniforms({ seed, purpose: 'noise' }, values, low, high);
  return Float64Array.from(values);
};

const invented = (seed: number, channels = 40): LayerNormalization => ({
  layer: 'bn1',
  gamma: drawn(seed, channels, 0.2, 2),
  beta: drawn(seed + 1, channels, -1, 1),
  mu: drawn(seed + 2, channels, -1, 1),
  sigma: drawn(seed + 3, channels, 0.3, 3),
});

test('the Shapley values of a product are the mean over all six orders, and sum to its change', () => {
  const [u, v] = [
    [2, -3, 0.5],
    [-1, 4, 0.7],
  ] as const;
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const expected = [0, 0, 0];
  for (const order of orders) {
    const now: number[] = [...u];
    for (const which of order) {
      const before = now[0] * now[1] * now[2];
      now[which] = v[which];
      expected[which] += (now[0] * now[1] * now[2] - before) / orders.length;
    }
  }
  const found = shapleyOfProduct(u, v);
  for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at], 12);
  expect(found[0] + found[1] + found[2]).toBeCloseTo(-1 * 4 * 0.7 - 2 * -3 * 0.5, 12);
});

describe('shares', () => {
  const sums = (shares: ReturnType<typeof decompose>['average']) => [
    (shares.gammaShare ?? 0) + (shares.sigmaShare ?? 0),
    (shares.bGammaShare ?? 0) + (shares.bBetaShare ?? 0) + (shares.bMuShare ?? 0) + (shares.bSigmaShare ?? 0),
  ];

  test('sum to 1 for log|a| and for b: of a layer, averaged, and pooled', () => {
    const found = decompose([invented(1), invented(11)], [invented(21), invented(31)]);
    for (const shares of [...found.layers, found.average, found.pooled])
      for (const sum of sums(shares)) expect(sum).toBeCloseTo(1, 12);
  });

  test('are all of the one parameter that changed', () => {
    const from = invented(1);
    const gamma = decompose([from], [{ ...from, gamma: drawn(9, 40, 0.2, 2) }]).average;
    expect(gamma).toMatchObject({
      gammaShare: 1,
      bGammaShare: 1,
      bBetaShare: 0,
      bMuShare: 0,
      bSigmaShare: 0,
    });
    const sigma = decompose([from], [{ ...from, sigma: drawn(9, 40, 0.3, 3) }]).average;
    expect(sigma.sigmaShare).toBeCloseTo(1, 12);
    expect(sigma.bSigmaShare).toBeCloseTo(1, 12);
    const mu = decompose([from], [{ ...from, mu: drawn(9, 40, -1, 1) }]).average;
    expect(mu.bMuShare).toBeCloseTo(1, 12);
    expect(mu).toMatchObject({ gammaShare: null, sigmaShare: null });
    const beta = decompose([from], [{ ...from, beta: drawn(9, 40, -1, 1) }]).average;
    expect(beta.bBetaShare).toBeCloseTo(1, 12);
  });

  test('are half and half where log gamma and log sigma change independently by as much', () => {
    const channels = 20_000;
    const from = invented(1, channels);
    const many = { gamma: drawn(50, channels, -1, 1), sigma: drawn(60, channels, -1, 1) };
    const to = {
      ...from,
      gamma: from.gamma.map((value, at) => value * Math.exp(many.gamma[at])),
      sigma: from.sigma.map((value, at) => value * Math.exp(many.sigma[at])),
    };
    const { gammaShare, sigmaShare } = decompose([from], [to]).average;
    expect(gammaShare).toBeCloseTo(0.5, 1);
    expect(sigmaShare).toBeCloseTo(0.5, 1);
  });
});

test('a and b do not know the gauge', () => {
  const layer = invented(1);
  const scaled = {
    ...layer,
    gamma: layer.gamma.map((value) => 3 * value),
    sigma: layer.sigma.map((value) => 3 * value),
    mu: layer.mu.map((value) => value + 0.5),
    beta: layer.beta.map((value, at) => value + (0.5 * layer.gamma[at]) / layer.sigma[at]),
  };
  const [one, other] = [affineMap(layer), affineMap(scaled)];
  for (const at of one.a.keys()) {
    expect(other.a[at]).toBeCloseTo(one.a[at], 12);
    expect(other.b[at]).toBeCloseTo(one.b[at], 12);
  }
  expect(decompose([layer], [scaled]).average).toEqual({
    gammaShare: null,
    sigmaShare: null,
    bGammaShare: null,
    bBetaShare: null,
    bMuShare: null,
    bSigmaShare: null,
  });
});

test('channels without a gamma are counted and left out, and so are changes of sign', () => {
  const from = { ...invented(1, 4), gamma: Float64Array.of(0, 1, 1, 1) };
  const to = { ...invented(11, 4), gamma: Float64Array.of(1, -1, 1, 1) };
  const [layer] = decompose([from], [to]).layers;
  expect(layer).toMatchObject({ channels: 4, zeros: 1, signChanges: 1 });
  expect(layer.logA).toBeCloseTo(layer.logGamma - layer.logSigma, 12);
});

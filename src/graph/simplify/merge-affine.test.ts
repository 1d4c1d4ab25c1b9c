import { describe, expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import {
  add,
  broadcast,
  channelAffine,
  channelMean,
  channelVariance,
  constant,
  differentiate,
  input,
  makeStep,
  multiply,
  normalize,
  sumAll,
  type Tensor,
} from '../index.ts';
import { mergeAffine } from './merge-affine.ts';
import { simplify } from './simplify.ts';

const x = input('x', [2, 3, 2, 2]);
const y = input('y', [2, 3, 2, 2]);
const [p, q, s, t] = ['p', 'q', 's', 't'].map((name) => input(name, [3]));
const zeros = broadcast(constant(0), [3]);
const images = ({ shape }: Tensor) => shape.length === 4;

/** The step for a tensor, before and after, and what is left of it in operations on images. */
function merged(tensor: Tensor) {
  const step = makeStep('s', { outputs: { tensor } });
  const after = mergeAffine(step);
  expectSame(after, step);
  return { maps: count(after, 'channelAffine'), sums: count(after, 'add', images) };
}

describe('affine maps', () => {
  test('of the same images add up to one', () => {
    expect(merged(add(channelAffine(x, p, s), channelAffine(x, q, t)))).toEqual({ maps: 1, sums: 0 });
  });

  test('are found in sums however nested', () => {
    const [a, b, c] = [channelAffine(x, p, s), channelAffine(y, q, t), channelAffine(x, q, zeros)];
    expect(merged(add(a, add(b, c)))).toEqual({ maps: 2, sums: 1 });
    const [d, e, f] = [channelAffine(x, p, s), channelAffine(y, q, t), channelAffine(x, q, zeros)];
    expect(merged(add(add(add(d, e), y), f))).toEqual({ maps: 2, sums: 2 });
  });

  test('by zero are but a shift, which another map takes over', () => {
    expect(merged(add(channelAffine(x, zeros, s), channelAffine(y, q, t)))).toEqual({ maps: 1, sums: 0 });
  });

  test('by zero forget their images', () => {
    const step = makeStep('s', { outputs: { z: add(channelAffine(x, zeros, s), y) } });
    const after = mergeAffine(step);
    expectSame(after, step);
    expect(count(after, 'input')).toBe(2);
    expect(count(after, 'add', images)).toBe(0);
  });

  test('of affine maps are one', () => {
    expect(merged(channelAffine(channelAffine(x, p, s), q, t))).toEqual({ maps: 1, sums: 0 });
  });

  test('that something else needs stay', () => {
    const shared = channelAffine(x, p, s);
    expect(merged(multiply(add(shared, channelAffine(x, q, t)), shared))).toEqual({ maps: 2, sums: 1 });
    expect(merged(multiply(channelAffine(shared, q, t), shared))).toEqual({ maps: 2, sums: 0 });
  });

  test('by zero alone stay, as do sums of nothing but shifts', () => {
    expect(merged(channelAffine(x, zeros, s))).toEqual({ maps: 1, sums: 0 });
    expect(merged(add(channelAffine(x, zeros, s), channelAffine(y, zeros, t)))).toEqual({ maps: 2, sums: 1 });
  });

  test('do not merge with a sum that spreads', () => {
    const row = input('row', [3, 1, 1]);
    expect(merged(add(channelAffine(x, p, s), row))).toEqual({ maps: 1, sums: 1 });
  });
});

test('the gradient through statistics of another batch is one map for each batch', () => {
  const statistics = { mean: channelMean(y), variance: channelVariance(y) };
  const halves = [x, y].map((half) =>
    normalize(half, {
      mean: statistics.mean,
      variance: statistics.variance,
      gamma: p,
      beta: s,
      epsilon: 1e-5,
    }),
  );
  const loss = sumAll(add(multiply(halves[0], halves[0]), multiply(halves[1], x)));
  const [dx, dy] = differentiate(loss, [x, y]);
  const step = makeStep('s', { outputs: { dx, dy } });
  const simple = simplify(step);
  expectSame(simple, step);
  // dx: gamma r dy. dy: the mean's share and the variance's; that of normalize is batchNormInputGradient.
  expect(count(simple, 'channelAffine')).toBe(2);
});

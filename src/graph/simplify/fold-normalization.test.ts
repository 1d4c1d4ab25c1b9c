import { describe, expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import {
  add,
  channelMean,
  channelVariance,
  convolution,
  differentiate,
  input,
  makeStep,
  multiply,
  normalize,
  sumAll,
  type Tensor,
  variable,
} from '../index.ts';
import { foldNormalization } from './fold-normalization.ts';
import { simplify } from './simplify.ts';

const read = (name: string, ...shape: number[]) => variable({ name, shape });
const w = read('w', 4, 3, 3, 3);
const [mean, variance, gamma, beta] = ['mean', 'variance', 'gamma', 'beta'].map((name) => read(name, 4));
const fixed = { mean, variance, gamma, beta, epsilon: 1e-5 };
const x = input('x', [2, 3, 5, 4]);
const window = { stride: 2, padding: 1 };

describe('a normalization by running statistics', () => {
  test('folds into the convolution before it, as scaled weights and a bias', () => {
    const step = makeStep('s', { outputs: { y: normalize(convolution(x, w, window), fixed) } });
    const folded = foldNormalization(step);
    expect(folded.outputs.y).toMatchObject({
      operation: 'convolution',
      attributes: { ...window, bias: true },
    });
    expect(count(folded, 'normalize')).toBe(0);
    expectSame(folded, step);
  });

  test('stays if the result of the convolution is needed elsewhere', () => {
    const y = convolution(x, w, window);
    for (const outputs of [{ z: normalize(y, fixed), y }, { z: add(normalize(y, fixed), y) }]) {
      const step = makeStep('s', { outputs });
      expect(count(foldNormalization(step), 'normalize')).toBe(1);
    }
  });

  test('stays if there is no convolution before it', () => {
    const flat = input('flat', [2, 4, 3, 3]);
    const step = makeStep('s', { outputs: { y: normalize(flat, fixed) } });
    expect(count(foldNormalization(step), 'normalize')).toBe(1);
  });

  test.each(['mean', 'variance', 'gamma', 'beta'])(
    'stays if its %s comes from an input of the step',
    (name) => {
      const y = normalize(convolution(x, w, window), { ...fixed, [name]: input(`${name}`, [4]) });
      const step = makeStep('s', { outputs: { y } });
      expect(count(foldNormalization(step), 'normalize')).toBe(1);
    },
  );

  test('folds for statistics that the same step moves: it reads those of the start', () => {
    const y = convolution(x, w, window);
    const step = makeStep('s', {
      outputs: { y: normalize(y, fixed) },
      updates: [{ variable: mean.attributes.variable, value: add(mean, 1) }],
    });
    const folded = foldNormalization(step);
    expect(count(folded, 'normalize')).toBe(0);
    expectSame(folded, step);
  });
});

test('a normalization by batch statistics stays, forward and backward', () => {
  const y = convolution(x, w, window);
  const z = normalize(y, { ...fixed, mean: channelMean(y), variance: channelVariance(y) });
  const loss = sumAll(multiply(z, z));
  const step = makeStep('s', { outputs: { loss, dw: differentiate(loss, [w])[0] } });
  const simple = simplify(step);
  expect(count(simple, 'normalize')).toBe(1);
  expect(count(simple, 'batchNormInputGradient')).toBe(1);
  expectSame(simple, step);
});

describe('the gradient for the images', () => {
  const gradientStep = (wanted: readonly Tensor[]) => {
    const z = normalize(convolution(x, w, window), fixed);
    const gradients = differentiate(sumAll(multiply(z, z)), wanted);
    return makeStep('g', { outputs: Object.fromEntries(gradients.map((each, at) => [`${at}`, each])) });
  };

  test('uses the same scaled weights', () => {
    const step = gradientStep([x]);
    const simple = simplify(step);
    expect(count(simple, 'channelAffine')).toBe(0);
    expect(count(simple, 'multiply', ({ shape }) => shape.length === 4 && shape[0] === 4)).toBe(1);
    expectSame(simple, step);
  });

  test('keeps the affine map that the gradient of the weights needs as well', () => {
    const step = gradientStep([x, w]);
    const simple = simplify(step);
    expect(count(simple, 'channelAffine')).toBe(1);
    expectSame(simple, step);
  });

  test('keeps the convolution that the gradient of gamma needs', () => {
    const step = gradientStep([x, gamma, beta]);
    const simple = simplify(step);
    expect(count(simple, 'normalize')).toBe(1);
    expectSame(simple, step);
  });
});

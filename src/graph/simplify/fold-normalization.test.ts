import { describe, expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import {
  add,
  broadcast,
  channelAffine,
  channelMean,
  channelVariance,
  constant,
  convolution,
  differentiate,
  input,
  makeStep,
  multiply,
  normalize,
  relu,
  sumAll,
  type Tensor,
  variable,
} from '../index.ts';
import { stepTensors } from '../step.ts';
import type { TensorOf } from '../tensor.ts';
import { foldNormalization, fuseConvolution } from './fold-normalization.ts';
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

describe('what follows a convolution', () => {
  const x = input('x', [2, 3, 4, 4]);
  const w = input('w', [3, 3, 3, 3]);
  const v = input('v', [3, 3, 3, 3]);
  const bias = input('bias', [3]);
  const residual = input('residual', [2, 3, 4, 4]);
  const convolved = (weights: Tensor = w) => convolution(x, weights, { stride: 1, padding: 1 });
  const biased = (y: Tensor) => channelAffine(y, broadcast(constant(1), [3]), bias);

  /** What the convolutions of a step do after fusion, in order of making: 'bias residual relu'. */
  function fused(outputs: Readonly<Record<string, Tensor>>): string[] {
    const step = makeStep('s', { outputs });
    const after = fuseConvolution(step);
    expectSame(after, step);
    return stepTensors(after)
      .filter((tensor): tensor is Tensor & TensorOf<'convolution'> => tensor.operation === 'convolution')
      .map(({ attributes }) =>
        (['bias', 'residual', 'relu'] as const).filter((part) => attributes[part]).join(' '),
      );
  }

  describe('a convolution takes in', () => {
    test('a bias', () => expect(fused({ y: biased(convolved()) })).toEqual(['bias']));
    test('a residual on either side', () => {
      expect(fused({ y: add(convolved(), residual) })).toEqual(['residual']);
      expect(fused({ y: add(residual, convolved()) })).toEqual(['residual']);
    });
    test('a ReLU', () => expect(fused({ y: relu(convolved()) })).toEqual(['relu']));
    test('all three', () => {
      const y = relu(add(biased(convolved()), residual));
      expect(fused({ y })).toEqual(['bias residual relu']);
      expect(stepTensors(fuseConvolution(makeStep('s', { outputs: { y } }))).length).toBe(5);
    });
    test('another convolution as its residual: the later takes the sum', () => {
      expect(fused({ y: relu(add(biased(convolved(w)), convolved(v))) })).toEqual(['bias', 'residual relu']);
      const [early, late] = [convolved(w), convolved(v)];
      expect(fused({ y: add(late, early) })).toEqual(['', 'residual']);
    });
    test('a ReLU whose gradient is taken: that needs the result only', () => {
      const y = relu(convolved());
      const [dx] = differentiate(sumAll(multiply(y, y)), [x]);
      expect(fused({ dx })).toEqual(['relu']);
    });
  });

  describe('a convolution does not take in', () => {
    test('what follows a result that something else needs', () => {
      const y = convolved();
      expect(fused({ y, relu: relu(y) })).toEqual(['']);
      expect(fused({ a: add(y, residual), b: biased(y) })).toEqual(['']);
      expect(fused({ a: add(y, y) })).toEqual(['']);
    });
    test('anything after its ReLU', () => {
      expect(fused({ y: add(relu(convolved()), residual) })).toEqual(['relu']);
      expect(fused({ y: biased(relu(convolved())) })).toEqual(['relu']);
    });
    test('a bias after its residual, nor a second residual', () => {
      expect(fused({ y: biased(add(convolved(), residual)) })).toEqual(['residual']);
      expect(fused({ y: add(add(convolved(), residual), x) })).toEqual(['residual']);
    });
    test('a sum that spreads, nor a map that scales', () => {
      expect(fused({ y: add(convolved(), input('row', [4])) })).toEqual(['']);
      expect(fused({ y: channelAffine(convolved(), bias, bias) })).toEqual(['']);
    });
  });

  test('nothing but the fused convolutions is left of a residual block', () => {
    const inner = relu(biased(convolution(x, w, { stride: 1, padding: 1 })));
    const y = relu(add(biased(convolution(inner, v, { stride: 1, padding: 1 })), x));
    const after = fuseConvolution(makeStep('block', { outputs: { y } }));
    expect(count(after, 'convolution')).toBe(2);
    expect(stepTensors(after).length).toBe(6);
  });
});

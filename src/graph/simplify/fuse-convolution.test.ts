import { describe, expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import {
  add,
  broadcast,
  channelAffine,
  constant,
  convolution,
  differentiate,
  input,
  makeStep,
  multiply,
  relu,
  sumAll,
  type Tensor,
} from '../index.ts';
import { stepTensors } from '../step.ts';
import type { TensorOf } from '../tensor.ts';
import { fuseConvolution } from './fuse-convolution.ts';

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

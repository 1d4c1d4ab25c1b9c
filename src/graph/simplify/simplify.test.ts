import { describe, expect, test } from 'vitest';
import {
  convolutionsInNetwork,
  crossEntropy,
  testNetwork,
  unrolledAttack,
} from '../../engines/testing/network.ts';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import { add, differentiate, input, makeStep, multiply, subtract, type Tensor, variable } from '../index.ts';
import { stepTensors } from '../step.ts';
import { simplify } from './simplify.ts';

const images = () => input('images', [2, 3, 5, 6]);
const labels = () => input('labels', [2, 5]);

describe('an unrolled attack in evaluation mode', () => {
  const network = testNetwork();
  const steps = 2;
  const attack = makeStep('attack', {
    outputs: { adversarial: unrolledAttack(network, images(), labels(), steps) },
  });
  const simple = simplify(attack);

  test('gives the same images', () => expectSame(simple, attack));

  test('is convolutions and ReLU gradients only: no normalization, no affine map, no ReLU of its own', () => {
    for (const gone of ['normalize', 'channelAffine', 'relu', 'stopGradient'] as const)
      expect(count(simple, gone), gone).toBe(0);
    expect(count(simple, 'convolution')).toBe(steps * convolutionsInNetwork);
    expect(count(simple, 'convolutionInputGradient')).toBe(steps * convolutionsInNetwork);
    expect(count(simple, 'convolutionWeightGradient')).toBe(0);
  });

  test('scales the weights once, for both directions and all steps', () => {
    const onWeights = (tensor: Tensor) => tensor.inputs.some((each) => each.shape.length === 4);
    const scaled = (tensor: Tensor) =>
      onWeights(tensor) && tensor.inputs.some((each) => each.operation === 'variable');
    expect(count(simple, 'multiply', scaled)).toBe(convolutionsInNetwork);
    expect(count(simple, 'sqrt')).toBe(convolutionsInNetwork);
  });

  test('leaves only the sums of gradients where paths meet', () => {
    const ofImages = (tensor: Tensor) => tensor.shape.length === 4;
    // Two blocks a step; and the move of the images.
    expect(count(simple, 'add', ofImages)).toBe(steps * 3);
  });

  test('is simple already', () => {
    const again = simplify(simple);
    expect(stepTensors(again).length).toBe(stepTensors(simple).length);
  });
});

test('a training step on adversarial images computes the same, updates included', () => {
  const network = testNetwork();
  const x = images();
  const y = labels();
  const adversarial = unrolledAttack(network, add(x, input('noise', x.shape)), y, 2);
  const loss = add(
    crossEntropy(network.logits(adversarial, 'batch'), y),
    crossEntropy(network.logits(x, 'batch'), y),
  );
  const trained = [...network.variables.values()].filter(({ name }) => /weight|gamma|beta/.test(name));
  const gradients = differentiate(loss, trained.map(variable));
  const step = makeStep('train', {
    outputs: { loss },
    updates: trained.map((each, at) => ({
      variable: each,
      value: subtract(variable(each), multiply(gradients[at], 0.1)),
    })),
  });
  const simple = simplify(step);
  expectSame(simple, step);
  // Batch statistics stay as they are: the engines have kernels for them.
  expect(count(simple, 'normalize')).toBe(2 * convolutionsInNetwork);
  expect(count(simple, 'batchNormInputGradient')).toBe(count(step, 'batchNormInputGradient'));
});

test('ids stay a topological order, close to the order of making', () => {
  const network = testNetwork();
  const x = images();
  const first = network.logits(x, 'running');
  const second = network.logits(add(x, 1), 'batch');
  const simple = simplify(makeStep('both', { outputs: { second, first } }));
  const tensors = stepTensors(simple);
  for (const tensor of tensors) for (const part of tensor.inputs) expect(part.id).toBeLessThan(tensor.id);
  expect(simple.outputs.first.id).toBeLessThan(simple.outputs.second.id);
  const lastOfFirst = tensors.indexOf(simple.outputs.first);
  const firstNormalize = tensors.findIndex(({ operation }) => operation === 'normalize');
  expect(lastOfFirst).toBeLessThan(firstNormalize);
});

test('outputs and updates that are leaves stay leaves', () => {
  const state = { name: 'state', shape: [2] };
  const x = input('x', [2]);
  const step = makeStep('leaves', {
    outputs: { x: add(x, 0), old: variable(state) },
    updates: [{ variable: state, value: multiply(x, 1) }],
  });
  const simple = simplify(step);
  expect(simple.outputs).toEqual({ x, old: variable(state) });
  expect(simple.updates).toEqual([{ variable: state, value: x }]);
});

test('an input that cancels out is still an input of the step', () => {
  const x = input('x', []);
  const step = makeStep('s', { outputs: { y: add(x, 0) } });
  expect(simplify(step).inputs).toEqual([x]);
});

test('takes long chains and long sums: no recursion, no quadratic pass', () => {
  const x = input('x', [2]);
  let chain: Tensor = x;
  for (let i = 0; i < 5_000; i += 1) chain = add(multiply(chain, x), x);
  expect(stepTensors(simplify(makeStep('chain', { outputs: { chain } }))).length).toBe(10_001);
  let sum: Tensor = x;
  for (let i = 0; i < 5_000; i += 1) sum = add(sum, input(`x${i}`, [2]));
  expect(stepTensors(simplify(makeStep('sum', { outputs: { sum } }))).length).toBe(10_001);
});

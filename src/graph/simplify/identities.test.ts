import { describe, expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import {
  add,
  broadcast,
  channelAffine,
  concatenate,
  constant,
  divide,
  input,
  makeStep,
  multiply,
  negate,
  relu,
  reshape,
  stopGradient,
  subtract,
  sum,
  type Tensor,
} from '../index.ts';
import { apply } from '../operation.ts';
import { broadcastOperation, padOperation, sliceOperation } from '../operations/shapes.ts';
import { stepTensors } from '../step.ts';
import { identities } from './identities.ts';
import { rewriting } from './rebuild.ts';

const simplifyIdentities = rewriting(identities);
const x = input('x', [2, 3]);
const images = input('images', [2, 3, 2, 2]);
const vector = (value: number) => broadcast(constant(value), [3]);

const undone: readonly [string, Tensor, Tensor][] = [
  ['x + 0', add(x, 0), x],
  ['0 + x', add(0, x), x],
  ['x + a row of zeros', add(x, vector(0)), x],
  ['x - 0', subtract(x, 0), x],
  ['x 1', multiply(x, 1), x],
  ['1 x', multiply(constant(1), x), x],
  ['x / 1', divide(x, 1), x],
  ['-(-x)', negate(negate(x)), x],
  ['(2 x) 0.5', multiply(multiply(2, x), 0.5), x],
  ['stopGradient', stopGradient(x), x],
  ['several at once', stopGradient(add(multiply(divide(x, 1), 1), 0)), x],
  ['a broadcast to the same shape', apply(broadcastOperation, [x], { shape: [2, 3] }), x],
  ['a slice of everything', apply(sliceOperation, [x], { axis: 1, start: 0, end: 3 }), x],
  ['padding by nothing', apply(padOperation, [x], { axis: 0, before: 0, after: 0 }), x],
  ['reshapes there and back', reshape(reshape(x, [6]), [2, 3]), x],
  ['one part concatenated', concatenate([x], 0), x],
  ['an affine map by one and zero', channelAffine(images, vector(1), vector(0)), images],
];

describe('identities', () => {
  test.each(undone)('%s', (_, written, meant) => {
    const step = makeStep('s', { outputs: { y: written } });
    expect(simplifyIdentities(step).outputs.y).toBe(meant);
  });

  test('relu(relu(x)) is one relu', () => {
    const step = makeStep('s', { outputs: { y: relu(relu(relu(x))) } });
    const simple = simplifyIdentities(step);
    expect(count(simple, 'relu')).toBe(1);
    expectSame(simple, step);
  });

  test('a sum over axes of size one is a reshape', () => {
    const step = makeStep('s', { outputs: { y: sum(input('flat', [3, 1, 1]), [1, 2]) } });
    const simple = simplifyIdentities(step);
    expect(simple.outputs.y.operation).toBe('reshape');
    expectSame(simple, step);
  });

  test('a neutral operand that spreads x to a larger shape stays', () => {
    const row = input('row', [3]);
    const spread = {
      ones: multiply(row, broadcast(constant(1), [2, 3])),
      zeros: add(broadcast(constant(0), [2, 3]), row),
    };
    const step = makeStep('s', { outputs: spread });
    const simple = simplifyIdentities(step);
    expect(simple.outputs.ones.shape).toEqual([2, 3]);
    expectSame(simple, step);
  });

  test('what looks like an identity and is none stays', () => {
    const step = makeStep('s', { outputs: { a: subtract(0, x), b: divide(1, x), c: multiply(x, 0) } });
    const simple = simplifyIdentities(step);
    expect(stepTensors(simple).length).toBe(stepTensors(step).length);
    expectSame(simple, step);
  });
});

import { expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import {
  absolute,
  add,
  broadcast,
  constant,
  divide,
  exp,
  greater,
  input,
  log,
  makeStep,
  max,
  maximum,
  minimum,
  multiply,
  relu,
  reshape,
  sign,
  slice,
  sqrt,
  subtract,
  sum,
} from '../index.ts';
import { constants } from './identities.ts';
import { rewriting, uniformValue } from './rebuild.ts';

const foldConstants = rewriting(constants);
const row = broadcast(constant(3), [4]);
const two = constant(2);

test('arithmetic of known numbers is done while compiling', () => {
  const outputs = {
    add: add(row, 2),
    subtract: subtract(two, 5),
    multiply: multiply(row, two),
    divide: divide(1, two),
    maximum: maximum(row, 2),
    minimum: minimum(row, 2),
    greater: greater(row, two),
    exp: exp(constant(0)),
    log: log(constant(1)),
    sqrt: sqrt(broadcast(constant(9), [2, 2])),
    absolute: absolute(constant(-2)),
    sign: sign(constant(-2)),
    relu: relu(constant(-2)),
    sum: sum(broadcast(constant(0.5), [2, 3, 4]), [0, 2]),
    max: max(row, [0]),
    reshape: reshape(row, [2, 2]),
    slice: slice(row, 0, 1, 3),
    broadcast: broadcast(reshape(row, [4, 1]), [4, 5]),
    nested: divide(1, sqrt(add(multiply(two, 2), 5))),
  };
  const step = makeStep('s', { outputs });
  const folded = foldConstants(step);
  expect(
    Object.fromEntries(Object.entries(folded.outputs).map(([name, y]) => [name, uniformValue(y)])),
  ).toEqual({
    add: 5,
    subtract: -3,
    multiply: 6,
    divide: 0.5,
    maximum: 3,
    minimum: 2,
    greater: 1,
    exp: 1,
    log: 0,
    sqrt: 3,
    absolute: 2,
    sign: -1,
    relu: 0,
    sum: 4,
    max: 3,
    reshape: 3,
    slice: 3,
    broadcast: 3,
    nested: 1 / 3,
  });
  expectSame(folded, step);
});

test('what depends on an input is left to the engine', () => {
  const x = input('x', [4]);
  const step = makeStep('s', { outputs: { y: add(multiply(x, row), two) } });
  const folded = foldConstants(step);
  expect(count(folded, 'multiply')).toBe(1);
  expect(count(folded, 'add')).toBe(1);
  expectSame(folded, step);
});

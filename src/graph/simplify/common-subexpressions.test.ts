import { expect, test } from 'vitest';
import { count, expectSame } from '../../engines/testing/same-values.ts';
import { add, constant, input, makeStep, maximum, multiply, subtract, sum, variable } from '../index.ts';
import { apply, variableOperation } from '../operation.ts';
import { stepTensors } from '../step.ts';
import { mergeCommonSubexpressions } from './identities.ts';

const x = input('x', [2, 3]);
const y = input('y', [2, 3]);

test('what is computed twice is computed once, however deep', () => {
  const twice = () => multiply(add(x, y), subtract(x, 2));
  const step = makeStep('s', { outputs: { a: twice(), b: twice() } });
  const merged = mergeCommonSubexpressions(step);
  expect(merged.outputs.a).toBe(merged.outputs.b);
  expect(stepTensors(merged).length).toBe(6);
  expectSame(merged, step);
});

test('the order of operands does not matter where it has no meaning', () => {
  const step = makeStep('s', {
    outputs: {
      a: add(x, y),
      b: add(y, x),
      c: maximum(x, y),
      d: maximum(y, x),
      e: subtract(x, y),
      f: subtract(y, x),
    },
  });
  const merged = mergeCommonSubexpressions(step);
  expect(count(merged, 'add')).toBe(1);
  expect(count(merged, 'maximum')).toBe(1);
  expect(count(merged, 'subtract')).toBe(2);
  expectSame(merged, step);
});

test('attributes tell operations apart', () => {
  const step = makeStep('s', {
    outputs: { a: sum(x, [0]), b: sum(x, [0], true), c: sum(x, [1]), d: sum(x, [1]) },
  });
  expect(count(mergeCommonSubexpressions(step), 'sum')).toBe(3);
});

test('constants are the same by value, zeros of different sign and NaN included', () => {
  const numbers = [0, -0, 0, Number.NaN, Number.NaN, Infinity, -Infinity, 1, 1];
  const outputs = Object.fromEntries(numbers.map((value, at) => [`${at}`, constant(value)]));
  expect(count(mergeCommonSubexpressions(makeStep('s', { outputs })), 'constant')).toBe(6);
});

test('variables are the same by identity, not by name', () => {
  const one = { name: 'w', shape: [2] };
  const other = { name: 'w', shape: [2] };
  const read = (of: typeof one) => apply(variableOperation, [], { variable: of });
  const step = makeStep('s', { outputs: { a: variable(one), b: read(one), c: variable(other) } });
  const merged = mergeCommonSubexpressions(step);
  expect(merged.outputs.a).toBe(merged.outputs.b);
  expect(merged.outputs.c).not.toBe(merged.outputs.a);
});

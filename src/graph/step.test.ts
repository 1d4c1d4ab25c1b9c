import { describe, expect, test } from 'vitest';
import {
  add,
  GraphError,
  input,
  makeStep,
  multiply,
  reachable,
  stepTensors,
  sumAll,
  variable,
} from './index.ts';

const w = { name: 'w', shape: [2] };
const counter = { name: 'counter', shape: [] };

describe('a step', () => {
  test('finds its inputs and variables from what it computes', () => {
    const x = input('x', [2]);
    input('unused', [2]);
    const step = makeStep('s', {
      outputs: { y: multiply(x, variable(w)) },
      updates: [{ variable: counter, value: sumAll(x) }],
    });
    expect(step.inputs).toEqual([x]);
    expect(step.variables).toEqual([w, counter]);
  });

  test('lists a variable once, however often it is read and moved', () => {
    const step = makeStep('s', {
      outputs: { y: add(variable(w), variable(w)) },
      updates: [{ variable: w, value: add(variable(w), 1) }],
    });
    expect(step.variables).toEqual([w]);
  });

  test('holds each tensor once, every one after what it is made of', () => {
    const x = input('x', [2]);
    const y = multiply(x, x);
    const z = add(y, x);
    const tensors = stepTensors(makeStep('s', { outputs: { z, y } }));
    expect(tensors).toEqual([x, y, z]);
    expect(reachable([y])).toEqual([x, y]);
  });

  test('refuses two inputs of one name', () => {
    const step = () => makeStep('s', { outputs: { y: add(input('x', [2]), input('x', [2])) } });
    expect(step).toThrow(GraphError);
    expect(step).toThrow('step s(): two different inputs are called x');
  });

  test('refuses an update of another shape, naming the variable and both shapes', () => {
    const step = () => makeStep('s', { outputs: {}, updates: [{ variable: w, value: input('x', [3]) }] });
    expect(step).toThrow('step s([2], [3]): cannot update w');
  });

  test('refuses to move a variable twice', () => {
    const move = { variable: w, value: input('x', [2]) };
    expect(() => makeStep('s', { outputs: {}, updates: [move, move] })).toThrow('w is updated twice');
  });
});

test('the same variable is always the same tensor', () => {
  expect(variable(w)).toBe(variable(w));
  expect(variable({ ...w })).not.toBe(variable(w));
});

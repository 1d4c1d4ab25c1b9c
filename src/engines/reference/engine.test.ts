/** What is the reference engine's own; what it shares with all engines is in ../engine.test.ts. */
import { describe, expect, test } from 'vitest';
import { add, input, makeStep, multiply, reshape, variable } from '../../graph/index.ts';
import { createReferenceEngine } from './engine.ts';

const state = { name: 'state', shape: [2] };

describe('the reference engine', () => {
  test('keeps float64: 0.1 is not rounded to a float32', async () => {
    const engine = createReferenceEngine();
    engine.write(state, [0.1, 1 / 3]);
    expect([...engine.readExact(state)]).toEqual([0.1, 1 / 3]);
    const [sum] = engine.evaluate([add(variable(state), input('x', [2]))], { x: [0.2, 0] });
    expect([...sum]).toEqual([0.1 + 0.2, 1 / 3]);
    const double = makeStep('double', {
      outputs: {},
      updates: [{ variable: state, value: multiply(variable(state), 2) }],
    });
    await (await engine.compile(double)).run({});
    expect([...engine.readExact(state)]).toEqual([0.2, 2 / 3]);
  });

  test('gives out copies', () => {
    const engine = createReferenceEngine();
    engine.write(state, [1, 2]);
    engine.readExact(state).fill(9);
    engine.evaluate([reshape(variable(state), [1, 2]), variable(state)])[1].fill(9);
    expect([...engine.read(state)]).toEqual([1, 2]);
  });

  test('follows IEEE 754 at the edges: 0 times infinity is NaN', () => {
    const engine = createReferenceEngine();
    const x = input('x', [2]);
    const [y] = engine.evaluate([multiply(add(x, 0), Infinity)], { x: [0, 1] });
    expect([...y]).toEqual([Number.NaN, Infinity]);
  });

  test('remembers its largest need of memory', async () => {
    const engine = createReferenceEngine();
    engine.write(state, [1, 2]);
    expect(engine.peakBytes).toBe(16);
    engine.evaluate([add(input('x', [100]), 1)], { x: new Float64Array(100) });
    expect(engine.peakBytes).toBeGreaterThan(16 + 1600);
  });
});

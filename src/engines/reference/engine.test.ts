import { describe, expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import {
  add,
  convolution,
  differentiate,
  input,
  makeStep,
  multiply,
  relu,
  reshape,
  sumAll,
  variable,
} from '../../graph/index.ts';
import { createReferenceEngine } from './index.ts';

const counter = { name: 'counter', shape: [2] };
const other = { name: 'other', shape: [2] };

describe('the reference engine', () => {
  test('moves a variable where the step lists it, once a run', async () => {
    const engine = createReferenceEngine();
    const x = input('x', [2]);
    const program = await engine.compile(
      makeStep('count', {
        outputs: { before: variable(counter) },
        updates: [{ variable: counter, value: add(variable(counter), x) }],
      }),
    );
    const first = await program.run({ x: Float32Array.of(1, 2) });
    const second = await program.run({ x: Float32Array.of(10, 20) });
    expect([...first.before]).toEqual([0, 0]);
    expect([...second.before]).toEqual([1, 2]);
    expect([...engine.read(counter)]).toEqual([11, 22]);
  });

  test('updates happen at once, from values at the start: two variables swap', async () => {
    const engine = createReferenceEngine();
    engine.write(counter, [1, 2]);
    engine.write(other, [3, 4]);
    const swap = makeStep('swap', {
      outputs: {},
      updates: [
        { variable: counter, value: variable(other) },
        { variable: other, value: variable(counter) },
      ],
    });
    await (await engine.compile(swap)).run({});
    expect([...engine.read(counter), ...engine.read(other)]).toEqual([3, 4, 1, 2]);
  });

  test('keeps float64: 0.1 is not rounded to a float32', () => {
    const engine = createReferenceEngine();
    engine.write(counter, [0.1, 1 / 3]);
    expect([...engine.readExact(counter)]).toEqual([0.1, 1 / 3]);
    const [sum] = engine.evaluate([add(variable(counter), input('x', [2]))], { x: [0.2, 0] });
    expect([...sum]).toEqual([0.1 + 0.2, 1 / 3]);
  });

  test('what it gives out is a copy', () => {
    const engine = createReferenceEngine();
    engine.write(counter, [1, 2]);
    engine.read(counter).fill(9);
    engine.readExact(counter).fill(9);
    engine.evaluate([reshape(variable(counter), [1, 2]), variable(counter)])[1].fill(9);
    expect([...engine.read(counter)]).toEqual([1, 2]);
  });

  test('names the input that is missing or has the wrong length', async () => {
    const engine = createReferenceEngine();
    const program = await engine.compile(makeStep('s', { outputs: { y: input('images', [2, 3]) } }));
    await expect(program.run({})).rejects.toThrow('step s: the input images [2, 3] is missing');
    await expect(program.run({ images: new Float32Array(5) })).rejects.toThrow('needs 6 values, not 5');
    expect(() => engine.write(counter, [1])).toThrow(InputError);
  });

  test('runs a convolution and its gradients', () => {
    const engine = createReferenceEngine();
    const x = input('x', [1, 1, 3, 3]);
    const w = input('w', [1, 1, 2, 2]);
    const y = relu(convolution(x, w, { stride: 1, padding: 0 }));
    const values = engine.evaluate([y, ...differentiate(sumAll(multiply(y, y)), [x, w])], {
      x: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      w: [1, 0, 0, -1.5],
    });
    // 1 - 7.5, 2 - 9, ... are all negative: nothing passes the ReLU.
    expect(values.map((each) => [...each])).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    const [linear, , dw] = engine.evaluate([y, ...differentiate(sumAll(y), [x, w])], {
      x: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      w: [1, 0, 0, 1],
    });
    expect([...linear]).toEqual([6, 8, 12, 14]);
    expect([...dw]).toEqual([12, 16, 24, 28]);
  });
});

/** The contract of engine.ts, on every engine: what a step means, whatever runs it. */
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import {
  add,
  broadcast,
  channelAffine,
  constant,
  differentiate,
  divide,
  input,
  makeStep,
  maximum,
  multiply,
  reshape,
  type Step,
  subtract,
  sumAll,
  type Tensor,
  variable,
} from '../graph/index.ts';
import type { Engine } from './engine.ts';
import { createReferenceEngine } from './reference/engine.ts';
import { expectSameInAnyBatch } from './testing/any-batch.ts';
import { valuesFor } from './testing/case.ts';
import { testedEngines } from './testing/engines.ts';
import { crossEntropy, testNetwork } from './testing/network.ts';
import { relativeDifference } from './testing/numbers.ts';

const vector = (name: string) => ({ name, shape: [2] });

describe.each(testedEngines)('the $name engine', ({ name, create, tolerance }) => {
  const engine = create();
  afterAll(() => engine.dispose());

  test('says what it is', () => {
    const { version, threads, ...described } = engine.describe();
    expect(described.name).toBe(name);
    expect(version).not.toBe('');
    expect(threads).toBeGreaterThan(0);
  });

  test('keeps what is written to a variable; before that it is zeros', () => {
    const state = vector('state');
    expect([...engine.read(state)]).toEqual([0, 0]);
    engine.write(state, [1.5, -2]);
    engine.read(state).fill(9);
    expect([...engine.read(state)]).toEqual([1.5, -2]);
  });

  test('moves a variable where the step lists it, once a run', async () => {
    const counter = vector('counter');
    const program = await engine.compile(
      makeStep('count', {
        outputs: { before: variable(counter) },
        updates: [{ variable: counter, value: add(variable(counter), input('x', [2])) }],
      }),
    );
    const first = await program.run({ x: Float32Array.of(1, 2) });
    const second = await program.run({ x: Float32Array.of(10, 20) });
    expect([...first.before]).toEqual([0, 0]);
    expect([...second.before]).toEqual([1, 2]);
    expect([...engine.read(counter)]).toEqual([11, 22]);
  });

  test('moves all variables at once, from their values at the start: two swap, a third follows', async () => {
    const [a, b, sum] = ['a', 'b', 'sum'].map(vector);
    engine.write(a, [1, 2]);
    engine.write(b, [3, 4]);
    const program = await engine.compile(
      makeStep('swap', {
        outputs: { a: variable(a), double: multiply(variable(a), 2) },
        updates: [
          { variable: a, value: variable(b) },
          { variable: b, value: variable(a) },
          { variable: sum, value: add(variable(a), variable(b)) },
        ],
      }),
    );
    const { a: output, double } = await program.run({});
    expect([...output, ...double]).toEqual([1, 2, 2, 4]);
    expect([a, b, sum].map((each) => [...engine.read(each)])).toEqual([
      [3, 4],
      [1, 2],
      [4, 6],
    ]);
  });

  test('shares variables between programs', async () => {
    const shared = vector('shared');
    const move = await engine.compile(
      makeStep('move', { outputs: {}, updates: [{ variable: shared, value: input('x', [2]) }] }),
    );
    const look = await engine.compile(makeStep('look', { outputs: { y: multiply(variable(shared), 2) } }));
    await move.run({ x: Float32Array.of(3, 5) });
    expect([...(await look.run({})).y]).toEqual([6, 10]);
    move.dispose();
    engine.write(shared, [1, 1]);
    expect([...(await look.run({})).y]).toEqual([2, 2]);
  });

  test('gives one tensor under several names, inputs, constants and two shapes of it included', async () => {
    const x = input('x', [2, 2]);
    const y = add(x, 1);
    const program = await engine.compile(
      makeStep('names', {
        outputs: {
          x,
          y,
          again: y,
          flat: reshape(y, [4]),
          one: constant(1),
          ones: broadcast(constant(1), [3]),
        },
      }),
    );
    const outputs = await program.run({ x: Float32Array.of(1, 2, 3, 4) });
    expect(Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, [...values]]))).toEqual({
      x: [1, 2, 3, 4],
      y: [2, 3, 4, 5],
      again: [2, 3, 4, 5],
      flat: [2, 3, 4, 5],
      one: [1],
      ones: [1, 1, 1],
    });
  });

  test('gives outputs that are the caller’s own, and leaves inputs alone', async () => {
    const x = input('x', [2]);
    const program = await engine.compile(makeStep('own', { outputs: { y: multiply(x, x), x } }));
    const given = Float32Array.of(2, 3);
    const first = await program.run({ x: given });
    first.x.fill(7);
    const second = await program.run({ x: given });
    expect([...given]).toEqual([2, 3]);
    expect([...first.y, ...second.y, ...second.x]).toEqual([4, 9, 4, 9, 2, 3]);
  });

  test('names the input that is missing or has the wrong length', async () => {
    const program = await engine.compile(makeStep('s', { outputs: { y: input('images', [2, 3]) } }));
    await expect(program.run({})).rejects.toThrow('step s: the input images [2, 3] is missing');
    await expect(program.run({ images: new Float32Array(5) })).rejects.toThrow('needs 6 values, not 5');
    await expect(program.run({})).rejects.toThrow(InputError);
    expect(() => engine.write(vector('v'), [1])).toThrow(InputError);
  });

  test('takes no number for another: NaN, the infinities, 0 and -0', async () => {
    // Long enough for vectors, and the same but for the number; together, and one after the other.
    const x = input('x', [64]);
    const given = { x: new Float32Array(64).fill(1) };
    const cases: readonly (readonly [string, Tensor, number])[] = [
      ['maximum with NaN', maximum(x, Number.NaN), Number.NaN],
      ['maximum with infinity', maximum(x, Infinity), Infinity],
      ['maximum with -infinity', maximum(x, -Infinity), 1],
      ['divided by 0', divide(x, 0), Infinity],
      ['divided by -0', divide(x, -0), -Infinity],
      ['by a computed 0', divide(x, multiply(0, sumAll(x))), Infinity],
      ['by a computed -0', divide(x, multiply(-0, sumAll(x))), -Infinity],
      ['by a spread 0', divide(x, broadcast(constant(0), [64])), Infinity],
      ['by a spread -0', divide(x, broadcast(constant(-0), [64])), -Infinity],
    ];
    const together = await engine.compile(
      makeStep('together', { outputs: Object.fromEntries(cases.map(([what, y]) => [what, y])) }),
    );
    const all = await together.run(given);
    for (const [what, y, expected] of cases) {
      const alone = await engine.compile(makeStep('alone', { outputs: { y } }));
      for (const values of [all[what], (await alone.run(given)).y])
        expect([values[0], values[63]], what).toEqual([expected, expected]);
    }
  });

  test('an input that simplification finds useless is still an input', async () => {
    const [x, y] = ['x', 'y'].map((name) => input(name, [1, 1, 1, 2]));
    const [zero, two] = [0, 2].map((value) => broadcast(constant(value), [1]));
    const program = await engine.compile(
      makeStep('s', { outputs: { z: add(channelAffine(x, zero, two), y) } }),
    );
    expect(program.step.inputs.length).toBe(2);
    const { z } = await program.run({ x: Float32Array.of(1, 2), y: Float32Array.of(3, 4) });
    expect([...z]).toEqual([5, 6]);
  });

  // The reference sums each example by itself, and would take half a minute to show it.
  const testFast = test.skipIf(name === 'reference');
  testFast('asked to, gives an example the same bits in any batch, forward and back', async () => {
    const network = testNetwork(48);
    const stepOf = (batch: number) => {
      const images = input('images', [batch, 3, 7, 7]);
      const logits = network.logits(images, 'running');
      const [gradient] = differentiate(sumAll(multiply(logits, input('labels', [batch, 5]))), [images]);
      return makeStep('attack', { outputs: { logits, gradient } });
    };
    stepOf(7).variables.forEach((each, at) => {
      const signs = each.name.endsWith('variance') ? 'positive' : 'both';
      engine.write(each, valuesFor({ shape: each.shape, signs }, 50 + at));
    });
    await expectSameInAnyBatch(engine, {
      stepOf,
      inputs: {
        images: valuesFor({ shape: [7, 3, 7, 7], signs: 'both' }, 1),
        labels: valuesFor({ shape: [7, 5], signs: 'both' }, 2),
      },
    });
  });

  test('counts the bytes it takes', () => expect(engine.peakBytes).toBeGreaterThan(0));

  describe('runs a whole network as the reference does', () => {
    const network = testNetwork(8);
    const images = input('images', [4, 3, 8, 7]);
    const labels = input('labels', [4, 5]);

    /** Run a step twice on an engine from the same start; its outputs, and then every variable. */
    const runTwice = async (on: Engine, step: Step): Promise<Float32Array[]> => {
      [...network.variables.values()].forEach((each, at) => {
        const signs = each.name.endsWith('variance') ? 'positive' : 'both';
        const values = valuesFor({ shape: each.shape, signs }, 50 + at);
        on.write(each, each.name.endsWith('weight') ? values.map((value) => 0.3 * value) : values);
      });
      const program = await on.compile(step);
      const inputs = {
        images: valuesFor({ shape: images.shape, signs: 'both' }, 1),
        labels: Float32Array.from({ length: 20 }, (_, at) => (at % 5 === Math.floor(at / 5) ? 1 : 0)),
      };
      const outputs = [await program.run(inputs), await program.run(inputs)];
      program.dispose();
      return [
        ...outputs.flatMap((each) => Object.values(each)),
        ...[...network.variables.values()].map((each) => on.read(each)),
      ];
    };

    const agree = async (step: Step) => {
      const expected = await runTwice(createReferenceEngine(), step);
      const actual = await runTwice(engine, step);
      // Rounding grows on its way through six layers and back.
      expected.forEach((values, at) => {
        expect(relativeDifference(actual[at], values), `result ${at}`).toBeLessThan(100 * tolerance);
      });
    };

    test('and gives the same bits when it runs again', async () => {
      const logits = network.logits(images, 'batch');
      const [gradient] = differentiate(crossEntropy(logits, labels), [images]);
      const step = makeStep('again', { outputs: { logits, gradient } });
      expect(await runTwice(engine, step)).toEqual(await runTwice(engine, step));
    });

    test('the gradient of the images, through running statistics', async () => {
      const logits = network.logits(images, 'running');
      const [gradient] = differentiate(crossEntropy(logits, labels), [images]);
      await agree(makeStep('attack', { outputs: { logits, gradient } }));
    });

    test('training, through batch statistics', async () => {
      const logits = network.logits(images, 'batch');
      const loss = crossEntropy(logits, labels);
      const trained = [...network.variables.values()].filter(({ name }) => /weight|gamma|beta/.test(name));
      const gradients = differentiate(loss, trained.map(variable));
      const updates = trained.map((each, at) => ({
        variable: each,
        value: subtract(variable(each), multiply(gradients[at], 0.01)),
      }));
      await agree(makeStep('train', { outputs: { loss, logits }, updates }));
    });
  });
});

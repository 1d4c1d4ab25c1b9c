/** Engines give back what they took. */
import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { add, input, makeStep, multiply, sumAll, variable } from '../graph/index.ts';
import { testedEngines } from './testing/engines.ts';
import { growthOver, trainAndForget } from './testing/leaks.ts';

/** A cycle's variables alone are more than 0.4 megabytes at this width, its primitives and arrays several times that. */
const WIDTH = 48;

describe.each(testedEngines)('the $name engine', ({ name, create }) => {
  const isSlow = name === 'reference';

  test('gives back programs and variables: 200 cycles take no more than 50', async () => {
    await using engine = create();
    const growth = await growthOver(() => trainAndForget(engine, isSlow ? 3 : WIDTH), 50, 150);
    expect(growth).toBeLessThan(30);
  });

  test('gives back all when it is disposed of', async () => {
    // 16 megabytes a cycle at least.
    const size = isSlow ? 2 ** 18 : 2 ** 21;
    const cycle = async () => {
      await using engine = create();
      const weights = { name: 'weights', shape: [size] };
      engine.write(weights, new Float32Array(size).fill(1));
      const step = makeStep('s', {
        outputs: { sum: sumAll(multiply(variable(weights), input('x', [size]))) },
        updates: [{ variable: weights, value: add(variable(weights), 1) }],
      });
      const program = await engine.compile(step);
      await program.run({ x: new Float32Array(size).fill(1) });
    };
    expect(await growthOver(cycle, 5, 25)).toBeLessThan(100);
  });

  test('a freed variable is zeros again, for programs too', async () => {
    await using engine = create();
    const [a, b] = ['a', 'b'].map((each) => ({ name: each, shape: [500] }));
    const ones = new Float32Array(500).fill(1);
    for (const each of [a, b]) engine.write(each, ones);
    engine.free(a);
    expect(engine.read(a).every((value) => value === 0)).toBe(true);
    expect([...engine.read(b)]).toEqual([...ones]);
    engine.write(a, ones);
    engine.free(a);
    engine.free(a);
    const program = await engine.compile(
      makeStep('s', { outputs: { sum: sumAll(add(variable(a), variable(b))) } }),
    );
    expect([...(await program.run({})).sum]).toEqual([500]);
    expect(() => engine.free(a)).toThrow(InputError);
    expect(() => engine.free(a)).toThrow('variable a cannot be freed: a program of the step s uses it');
    program.dispose();
    engine.free(a);
  });

  test('uses nothing after it was disposed of, and can be disposed of twice', async () => {
    const engine = create();
    const x = input('x', [1]);
    const step = makeStep('s', { outputs: { y: add(x, 1) } });
    const [first, second] = [await engine.compile(step), await engine.compile(step)];
    first.dispose();
    first.dispose();
    const values = { x: Float32Array.of(1) };
    await expect(first.run(values)).rejects.toThrow('step s: the program was disposed of');
    expect([...(await second.run(values)).y]).toEqual([2]);
    await engine.dispose();
    await engine.dispose();
    await expect(second.run(values)).rejects.toThrow('step s: the program was disposed of');
    await expect(engine.compile(step)).rejects.toThrow('the engine was disposed of');
    expect(() => engine.read({ name: 'v', shape: [1] })).toThrow('the engine was disposed of');
  });
});

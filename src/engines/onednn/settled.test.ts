import { describe, expect, test } from 'vitest';
import { differentiate, input, makeStep, multiply, sumAll, type Variable } from '../../graph/index.ts';
import type { Engine } from '../engine.ts';
import { testNetwork } from '../testing/network.ts';
import { drawnValues, fillVariables } from '../testing/numbers.ts';
import { createOnednnEngine } from './engine.ts';
import { type Access, planMemory, type Slot } from './plan.ts';
import { findSettled } from './settled.ts';

const slot = (bytes = 64, fixed?: number): Slot => (fixed === undefined ? { bytes } : { bytes, fixed });

describe('which kernels are the same in every run', () => {
  const [x, weights, scaled, blocked, y] = [slot(), slot(64, 0), slot(), slot(), slot()];
  const kernels: Access[] = [
    { reads: [], writes: [x] },
    { reads: [weights], writes: [scaled] },
    { reads: [scaled], writes: [blocked] },
    { reads: [x, blocked], writes: [y] },
    { reads: [y], writes: [] },
  ];

  test('those that read variables alone, and their results are kept where others read them', () => {
    const settled = findSettled(kernels, (index) => index === 0);
    expect(settled.kernels).toEqual([false, true, true, false, false]);
    expect([...settled.slots]).toEqual([blocked]);
  });

  test('none whose result another kernel writes over in every run', () => {
    const settled = findSettled([...kernels, { reads: [x], writes: [blocked] }], (index) => index === 0);
    expect(settled.kernels).toEqual([false, true, false, false, false, false]);
    expect([...settled.slots]).toEqual([scaled]);
  });

  test('none where all are said to run', () => {
    expect(findSettled(kernels, () => true)).toEqual({ kernels: kernels.map(() => false), slots: new Set() });
  });

  test('what is kept shares memory with nothing', () => {
    const { slots } = findSettled(kernels, (index) => index === 0);
    const plan = planMemory(kernels, slots);
    const others = [x, scaled, y].map(plan.offsetOf);
    expect(others).not.toContain(plan.offsetOf(blocked));
  });
});

describe('a program that runs again', () => {
  const network = testNetwork(48);
  const stepOf = (batch: number) => {
    const images = input('images', [batch, 3, 8, 8]);
    const logits = network.logits(images, 'running');
    const [gradient] = differentiate(sumAll(multiply(logits, logits)), [images]);
    return makeStep('attack', { outputs: { logits, gradient } });
  };
  const images = (batch: number, seed: number) => ({ images: drawnValues(batch * 192, seed, 0) });
  const weight = () => {
    const found = network.variables.get('block1.a.weight');
    if (!found) throw new Error('no such variable');
    return found;
  };

  /** What a new engine finds, after the same changes of variables. */
  const anew = async (
    batch: number,
    seed: number,
    changes: readonly (readonly [Variable, Float32Array])[],
  ) => {
    const engine = createOnednnEngine({ threads: 2 });
    const step = stepOf(batch);
    fillVariables(engine, step);
    for (const [variable, values] of changes) engine.write(variable, values);
    const found = await (await engine.compile(step)).run(images(batch, seed));
    await engine.dispose();
    return found;
  };
  const started = async () => {
    const engine = createOnednnEngine({ threads: 2, profile: true });
    fillVariables(engine, stepOf(4));
    return { engine, program: await engine.compile(stepOf(4)) };
  };
  const halved = (engine: Engine) => engine.read(weight()).map((value) => value / 2);

  test('computes from its variables once, and finds the same', async () => {
    const { engine, program } = await started();
    const callsOf = () => new Map(program.profile.map(({ name, calls }) => [name, calls]));
    for (const seed of [1, 2, 1]) expect(await program.run(images(4, seed))).toEqual(await anew(4, seed, []));
    const scaling = [...callsOf()].filter(([name]) => name === 'host multiply');
    const before = callsOf();
    await program.run(images(4, 3));
    const after = callsOf();
    expect(scaling.length).toBe(1);
    for (const [name] of scaling) expect(after.get(name)).toBe(before.get(name));
    expect([...after].some(([name, calls]) => calls > (before.get(name) ?? 0))).toBe(true);
    await engine.dispose();
  });

  test('sees variables that were written', async () => {
    const { engine, program } = await started();
    await program.run(images(4, 1));
    const values = halved(engine);
    engine.write(weight(), values);
    const expected = await anew(4, 1, [[weight(), values]]);
    expect(await program.run(images(4, 1))).toEqual(expected);
    expect(await program.run(images(4, 1))).toEqual(expected);
    await engine.dispose();
  });

  test('sees variables that a step moved, and knows that other programs use its memory', async () => {
    const { engine, program } = await started();
    await program.run(images(4, 1));
    const values = halved(engine);
    const move = await engine.compile(
      makeStep('move', {
        outputs: {},
        updates: [{ variable: weight(), value: multiply(input('w', weight().shape), 1) }],
      }),
    );
    await move.run({ w: values });
    expect(await program.run(images(4, 1))).toEqual(await anew(4, 1, [[weight(), values]]));
    const other = await engine.compile(stepOf(9));
    await other.run(images(9, 2));
    expect(await program.run(images(4, 2))).toEqual(await anew(4, 2, [[weight(), values]]));
    other.dispose();
    expect(await program.run(images(4, 3))).toEqual(await anew(4, 3, [[weight(), values]]));
    await engine.dispose();
  });

  test('runs whole again after a run that failed for its inputs', async () => {
    const { engine, program } = await started();
    await program.run(images(4, 1));
    await expect(program.run({})).rejects.toThrow('is missing');
    expect(await program.run(images(4, 2))).toEqual(await anew(4, 2, []));
    await engine.dispose();
  });
});

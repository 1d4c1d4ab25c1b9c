import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import {
  add,
  differentiate,
  divide,
  exp,
  input,
  makeStep,
  matmul,
  multiply,
  type Step,
  sizeOf,
  subtract,
  sumAll,
  type Tensor,
  type Variable,
  variable,
} from '../../graph/index.ts';
import type { Engine, Values } from '../engine.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import { expectSameInAnyBatch } from '../testing/any-batch.ts';
import { crossEntropy, type TestNetwork, testNetwork, unrolledAttack } from '../testing/network.ts';
import { drawnValues, fillVariables, relativeDifference } from '../testing/numbers.ts';
import { createOnednnEngine, type OnednnEngine, type OnednnOptions } from './engine.ts';

const engines: OnednnEngine[] = [];

function makeEngine(options: OnednnOptions = {}): OnednnEngine {
  const engine = createOnednnEngine({ threads: 2, ...options });
  engines.push(engine);
  return engine;
}

afterAll(() => {
  for (const engine of engines) engine.dispose();
});

/** With AVX-512 the Winograd kernels are oneDNN's own, and its choice among them depends on the batch. */
const hasOwnWinograd = makeEngine().describe().instructionSet === 'avx2';

const inputsOf = (step: Step): Values =>
  Object.fromEntries(
    step.inputs.map(({ attributes: { name }, shape }, at) => [
      name,
      name === 'labels'
        ? Float32Array.from({ length: sizeOf(shape) }, (_, i) => (i % 7 === 0 ? 1 : 0))
        : drawnValues(sizeOf(shape), 1000 + at, -1),
    ]),
  );

/** Loss, gradients and momentum for two batches in lockstep, each by its own statistics, as dual BN trains. */
function trainingStep(width: number, size: number, batch: number): Step {
  const network = testNetwork(width);
  const labels = input('labels', [batch, 5]);
  const clean = input('clean', [batch, 3, size, size]);
  const other = input('other', [batch, 3, size, size]);
  const loss = add(
    crossEntropy(network.logits(clean, 'batch'), labels),
    crossEntropy(network.logits(other, 'batch'), labels),
  );
  const weights = [...network.variables.values()];
  const gradients = differentiate(loss, weights.map(variable));
  const updates = weights.flatMap((weight, at) => {
    const velocity: Variable = { name: `velocity.${weight.name}`, shape: weight.shape };
    const moved = add(multiply(variable(velocity), 0.9), gradients[at]);
    return [
      { variable: velocity, value: moved },
      { variable: weight, value: subtract(variable(weight), multiply(moved, 0.1)) },
    ];
  });
  return makeStep('training', { outputs: { loss }, updates });
}

/** Every output, and every variable after the run. */
async function results(engine: Engine, step: Step): Promise<Map<string, Float32Array>> {
  fillVariables(engine, step);
  const program = await engine.compile(step);
  const outputs = await program.run(inputsOf(step));
  return new Map([
    ...Object.entries(outputs),
    ...step.variables.map((each) => [each.name, engine.read(each)] as const),
  ]);
}

const settings: readonly (readonly [string, OnednnOptions, number])[] = [
  ['a width that fills no block of channels', {}, 3],
  ['wide enough for Winograd', {}, 48],
  ['direct convolutions', { convolution: 'direct' }, 32],
  ['one thread', { threads: 1 }, 32],
];

describe('a whole network', () => {
  test.each(settings)('trains as on the reference: %s', async (_, options, width) => {
    const step = trainingStep(width, 7, 3);
    const expected = await results(createReferenceEngine(), step);
    const actual = await results(makeEngine(options), step);
    for (const [name, values] of expected)
      expect(relativeDifference(actual.get(name) ?? [], values), name).toBeLessThan(2e-4);
  });

  test('is attacked as on the reference, but for pixels whose gradient is next to zero', async () => {
    const images = input('images', [4, 3, 8, 8]);
    const attacked = unrolledAttack(testNetwork(48), images, input('labels', [4, 5]), 2);
    const step = makeStep('attack', { outputs: { attacked } });
    const expected = (await results(createReferenceEngine(), step)).get('attacked') ?? [];
    const actual = (await results(makeEngine(), step)).get('attacked') ?? [];
    const different = [...expected].filter((value, at) => Math.abs(value - actual[at]) > 1e-5).length;
    expect(different).toBeLessThanOrEqual(expected.length / 200);
  });

  test('gives the same bits when it runs again', async () => {
    const step = trainingStep(48, 5, 2);
    const engine = makeEngine();
    const program = await engine.compile(step);
    const once = async () => {
      fillVariables(engine, step);
      const outputs = await program.run(inputsOf(step));
      return [outputs.loss, ...step.variables.map((each) => engine.read(each))];
    };
    expect(await once()).toEqual(await once());
  });

  const algorithms: OnednnOptions[] = [
    { convolution: 'direct' },
    { convolution: 'auto' },
    { convolution: 'auto', threads: 1 },
  ];
  // Wide and large enough for Winograd.
  test.each(algorithms)('gives an example the same bits in any batch: %o', async (options) => {
    const engine = makeEngine(options);
    const network = testNetwork(64);
    const stepOf = (batch: number) => {
      const images = input('images', [batch, 3, 16, 16]);
      const logits = network.logits(images, 'running');
      const [gradient] = differentiate(sumAll(multiply(logits, input('labels', [batch, 5]))), [images]);
      return makeStep('attack', { outputs: { logits, gradient } });
    };
    fillVariables(engine, stepOf(7));
    const inputs = { images: drawnValues(7 * 768, 1, 0), labels: drawnValues(35, 2, -1) };
    await expectSameInAnyBatch(engine, { stepOf, inputs });
  });

  test('has the fastest convolutions for it', async () => {
    const { instructionSet } = makeEngine().describe();
    const engine = makeEngine({ profile: true });
    const images = input('images', [engine.constantWidth ?? 0, 3, 16, 16]);
    const step = makeStep('logits', { outputs: { logits: testNetwork(64).logits(images, 'running') } });
    fillVariables(engine, step);
    const program = await engine.compile(step, { batchInvariant: true });
    await program.run(inputsOf(step));
    const winograd = program.profile.filter(({ name }) => name.includes('wino'));
    expect(winograd.length > 0).toBe(/^avx(2|512)/.test(instructionSet));
  });
});

describe('what is fused', () => {
  const kernelsOf = async (step: Step, options: OnednnOptions = {}) => {
    const engine = makeEngine({ profile: true, ...options });
    fillVariables(engine, step);
    const program = await engine.compile(step);
    await program.run(inputsOf(step));
    return program.profile;
  };
  const calls = (profile: Awaited<ReturnType<typeof kernelsOf>>, name: string) =>
    profile.filter((line) => line.name.startsWith(name)).reduce((total, line) => total + line.calls, 0);

  test('statistics, normalization and their gradients are one kernel each', async () => {
    const profile = await kernelsOf(trainingStep(16, 8, 2));
    const layers = 2 * 6;
    expect(calls(profile, 'normalize batch')).toBe(layers);
    expect(calls(profile, 'normalizationGradient batch')).toBe(layers);
    expect(calls(profile, 'statistics') + calls(profile, 'host sum')).toBeLessThan(8);
  });

  test('momentum and weights move in one loop, in place', async () => {
    const profile = await kernelsOf(trainingStep(16, 8, 2));
    const moves = profile.filter(({ name }) => name.includes('add') && name.includes('subtract'));
    expect(moves.reduce((total, line) => total + line.calls, 0)).toBe(variablesIn(testNetwork(16)));
    expect(calls(profile, 'copy')).toBe(0);
  });

  test.runIf(hasOwnWinograd)(
    'the gradient of a ReLU is part of the Winograd convolution before it',
    async () => {
      const images = input('images', [2, 3, 8, 8]);
      const attacked = unrolledAttack(testNetwork(48), images, input('labels', [2, 5]), 1);
      const profile = await kernelsOf(makeStep('attack', { outputs: { attacked } }));
      expect(calls(profile, 'winograd forward')).toBe(3);
      expect(calls(profile, 'winograd input gradient')).toBe(3);
      // Of five ReLUs three lie before these; the others before the pooling and before a stride of 2.
      expect(calls(profile, 'host reluGradient') + calls(profile, 'host add reluGradient')).toBe(2);
    },
  );

  test('direct convolutions are never by Winograd', async () => {
    const profile = await kernelsOf(trainingStep(48, 4, 1), { convolution: 'direct' });
    expect(profile.filter(({ name }) => name.includes('wino'))).toEqual([]);
  });
});

/** Variables are made when the network is first used. */
function variablesIn(network: TestNetwork): number {
  network.logits(input('x', [1, 3, 8, 8]), 'batch');
  return network.variables.size;
}

describe('variables', () => {
  const a: Variable = { name: 'a', shape: [2] };
  const b: Variable = { name: 'b', shape: [2] };

  test('all move at once, from values at the start', async () => {
    const engine = makeEngine();
    engine.write(a, [1, 2]);
    engine.write(b, [3, 4]);
    const step = makeStep('move', {
      outputs: { before: variable(a) },
      updates: [
        { variable: a, value: variable(b) },
        { variable: b, value: add(variable(a), variable(b)) },
      ],
    });
    const { before } = await (await engine.compile(step)).run({});
    expect([...before]).toEqual([1, 2]);
    expect([...engine.read(a)]).toEqual([3, 4]);
    expect([...engine.read(b)]).toEqual([4, 6]);
  });

  test('are shared by the programs of an engine, and not by engines', async () => {
    const [engine, other] = [makeEngine(), makeEngine()];
    const grow = makeStep('grow', { outputs: {}, updates: [{ variable: a, value: add(variable(a), 1) }] });
    const look = makeStep('look', { outputs: { seen: multiply(variable(a), 10) } });
    const [growing, looking] = [await engine.compile(grow), await engine.compile(look)];
    await growing.run({});
    await growing.run({});
    expect([...(await looking.run({})).seen]).toEqual([20, 20]);
    expect([...other.read(a)]).toEqual([0, 0]);
  });
});

describe('the engine', () => {
  test('says what it is', () => {
    expect(makeEngine({ threads: 2, convolution: 'direct' }).describe()).toMatchObject({
      name: 'onednn',
      version: expect.stringMatching(/^2\./),
      threads: 2,
      settings: { convolution: 'direct' },
    });
  });

  test('refuses what does not fit, naming it', async () => {
    const engine = makeEngine();
    const program = await engine.compile(makeStep('s', { outputs: { y: exp(input('images', [2, 3])) } }));
    await expect(program.run({})).rejects.toThrow('step s: the input images [2, 3] is missing');
    await expect(program.run({ images: new Float32Array(5) })).rejects.toThrow('needs 6 values, not 5');
    expect(() => engine.write({ name: 'w', shape: [3] }, [1])).toThrow(InputError);
    expect(() => createOnednnEngine({ threads: 0 })).toThrow(/threads must be a whole number/);
  });

  test('refuses two runs at once, which would share memory', async () => {
    const engine = makeEngine();
    let y: Tensor = input('x', [500, 500]);
    for (let times = 0; times < 100; times += 1) y = matmul(y, y);
    const program = await engine.compile(makeStep('long', { outputs: { sum: sumAll(y) } }));
    const values = { x: new Float32Array(250_000).fill(1e-3) };
    const first = program.run(values);
    await expect(program.run(values)).rejects.toThrow('another run of this engine is not over');
    await first;
    await expect(program.run(values)).resolves.toHaveProperty('sum');
  });

  test('stops when a variable is no longer finite, naming it', async () => {
    const engine = makeEngine();
    const weights: Variable = { name: 'layer1.weight', shape: [3] };
    const step = makeStep('training', {
      outputs: {},
      updates: [{ variable: weights, value: divide(variable(weights), input('by', [])) }],
    });
    const program = await engine.compile(step);
    engine.write(weights, [1, 2, 0]);
    await program.run({ by: Float32Array.of(2) });
    await expect(program.run({ by: Float32Array.of(0) })).rejects.toThrow(
      'step training: the variable layer1.weight is no longer finite',
    );
  });

  test('lets timers have their turn while it runs', async () => {
    const engine = makeEngine();
    let y: Tensor = input('x', [700, 700]);
    for (let times = 0; times < 100; times += 1) y = matmul(y, y);
    const loss = sumAll(y);
    const program = await engine.compile(makeStep('long', { outputs: { loss } }));
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    await program.run({ x: new Float32Array(490_000).fill(1 / 700) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  test('counts the memory it takes', async () => {
    const engine = makeEngine();
    const x = input('x', [1000]);
    const weights: Variable = { name: 'weights', shape: [1000] };
    const before = engine.peakBytes;
    const program = await engine.compile(
      makeStep('s', { outputs: { y: sumAll(multiply(x, variable(weights))) } }),
    );
    expect(program.scratchBytes).toBeGreaterThanOrEqual(4000);
    expect(engine.peakBytes - before).toBeGreaterThanOrEqual(4000 + program.scratchBytes);
  });
});

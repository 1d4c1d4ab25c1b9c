/** What is this engine's own; what every engine does is tested in ../engine.test.ts and ../operations.test.ts. */
import { afterAll, describe, expect, test } from 'vitest';
import { InputError } from '../../errors.ts';
import { divide, input, makeStep, matmul, sumAll, type Variable, variable } from '../../graph/index.ts';
import type { Engine } from '../engine.ts';
import { logitsInBatches } from '../testing/network.ts';
import { drawnValues } from '../testing/numbers.ts';
import { createOnnxEngine, type OnnxOptions } from './engine.ts';
import { loadRuntime, offeredDevices } from './runtime.ts';

const engines: Engine[] = [];

function makeEngine(options: OnnxOptions = {}): Engine {
  const engine = createOnnxEngine({ threads: 2, ...options });
  engines.push(engine);
  return engine;
}

afterAll(() => {
  for (const engine of engines) engine.dispose();
});

const settings: OnnxOptions[] = [
  { convolution: 'auto', threads: 2 },
  { convolution: 'auto', threads: 1 },
  { convolution: 'direct', threads: 2 },
];

describe('asked to, gives an example the same bits in any batch', () => {
  test.each(settings)('%o', async (options) => {
    const batches = [17, 1, 2, 16];
    const [[, all], ...others] = await logitsInBatches(makeEngine(options), { width: 128, size: 8 }, batches);
    for (const [batch, logits] of others)
      expect([...logits], `a batch of ${batch}`).toEqual([...all.subarray(0, logits.length)]);
  });
});

test('so do products with many columns', async () => {
  const engine = makeEngine();
  const head: Variable = { name: 'head', shape: [100, 512] };
  engine.write(head, drawnValues(51_200, 2, -1));
  const logits = async (batch: number) => {
    const x = input('x', [batch, 512]);
    const y = matmul(x, variable(head), { transposeB: true });
    const back = matmul(y, variable(head));
    const program = await engine.compile(makeStep('head', { outputs: { y, back } }), {
      batchInvariant: true,
    });
    const result = await program.run({ x: drawnValues(128 * 512, 1, 0).subarray(0, batch * 512) });
    return [result.y, result.back];
  };
  const [y, back] = await logits(128);
  for (const batch of [1, 3, 100])
    expect(await logits(batch), `a batch of ${batch}`).toEqual([
      y.slice(0, 100 * batch),
      back.slice(0, 512 * batch),
    ]);
});

describe('the engine', () => {
  test('says what it is', () => {
    expect(makeEngine({ convolution: 'direct' }).describe()).toMatchObject({
      name: 'onnx',
      version: expect.stringMatching(/^1\.\d+/),
      threads: 2,
      settings: { device: 'cpu', convolution: 'direct' },
    });
  });

  test('refuses a device that the runtime does not offer, with the list of those it does', () => {
    const missing = (['coreml', 'dml'] as const).find(
      (device) => !offeredDevices(loadRuntime()).includes(device),
    );
    expect(() => createOnnxEngine({ device: missing ?? 'cuda' })).toThrow(InputError);
    expect(() => createOnnxEngine({ device: missing ?? 'cuda' })).toThrow(
      /does not offer the device .* it offers cpu/,
    );
  });

  test('refuses threads that are none', () =>
    expect(() => createOnnxEngine({ threads: 0 })).toThrow(/threads must be a whole number/));

  test('refuses two runs at once, which would share variables', async () => {
    const x = input('x', [300, 300]);
    const program = await makeEngine().compile(makeStep('long', { outputs: { sum: sumAll(matmul(x, x)) } }));
    const values = { x: new Float32Array(90_000).fill(1e-3) };
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
});

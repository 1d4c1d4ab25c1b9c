import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createReferenceEngine } from '../engines/index.ts';
import { input, makeStep } from '../graph/index.ts';
import type { NetworkVariable } from '../nn/index.ts';
import { anyOf, defineOptimizer, optimizerOf, optimizerOptions, parametersOf } from './optimizers.ts';

const weight: NetworkVariable = {
  name: 'conv.weight',
  shape: [1],
  role: 'weight',
  branch: 'shared',
  initialization: { kind: 'constant', value: 1 },
};

/** Where a weight of 1 is after each of some gradients, at a learning rate of 0.1. */
async function moved(nesterov: boolean, gradients: readonly number[]): Promise<number[]> {
  const options = { momentum: 0.5, nesterov, weightDecay: { weight: 0.1 } };
  const optimizer = optimizerOf(optimizerOptions.parse({ kind: 'sgd', ...options }));
  const [parameter] = parametersOf([weight], optimizer);
  const engine = createReferenceEngine();
  const updates = optimizer.updates(parameter, input('gradient', [1]), input('learningRate', []));
  const program = await engine.compile(makeStep('move', { outputs: {}, updates }));
  engine.write(weight, Float32Array.of(1));
  for (const state of parameter.state) engine.write(state, Float32Array.of(0));
  const at: number[] = [];
  for (const gradient of gradients) {
    await program.run({ gradient: Float32Array.of(gradient), learningRate: Float32Array.of(0.1) });
    at.push(engine.read(weight)[0]);
  }
  return at;
}

describe('sgd', () => {
  // d = 2 + 0.1, v = 2.1, p = 1 - 0.21; then d = -1 + 0.079, v = 1.05 - 0.921, p = 0.79 - 0.0129
  test('moves by the momentum of gradients with weight decay', async () => {
    expect(await moved(false, [2, -1])).toEqual([expect.closeTo(0.79, 6), expect.closeTo(0.7771, 6)]);
  });

  // d + v / 2 = 3.15, p = 0.685; then d = -0.9315, v = 0.1185, d + v / 2 = -0.87225, p = 0.772225
  test("moves ahead in Nesterov's form", async () => {
    expect(await moved(true, [2, -1])).toEqual([expect.closeTo(0.685, 6), expect.closeTo(0.772225, 6)]);
  });
});

describe('the options of a table', () => {
  const plain = defineOptimizer({
    options: z.strictObject({ kind: z.literal('plain') }),
    make: () => ({ state: () => [], updates: () => [] }),
  });
  const damped = defineOptimizer({
    options: z.strictObject({ kind: z.literal('damped'), damping: z.number().default(0.5) }),
    make: () => ({ state: () => [], updates: () => [] }),
  });

  test('are those of any of its definitions, told apart by kind', () => {
    const options = anyOf([plain.configured, damped.configured]);
    expect(options.parse({ kind: 'plain', learningRate: 1 })).toEqual({ kind: 'plain', learningRate: 1 });
    expect(options.parse({ kind: 'damped' })).toEqual({ kind: 'damped', damping: 0.5, learningRate: 0.1 });
    expect(options.safeParse({ kind: 'plain', damping: 1 }).success).toBe(false);
    expect(options.safeParse({ kind: 'other' }).error?.issues[0]?.path).toEqual(['kind']);
  });

  test('are none without a definition', () => {
    expect(() => anyOf([])).toThrow(RangeError);
  });
});

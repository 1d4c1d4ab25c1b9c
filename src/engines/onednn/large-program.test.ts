/** A program that does not fit into the shared memory, which is made small here so that a small one does not. */
import { expect, test, vi } from 'vitest';
import {
  add,
  input,
  makeStep,
  matmul,
  multiply,
  relu,
  sumAll,
  type Variable,
  variable,
} from '../../graph/index.ts';
import { createOnednnEngine } from './engine.ts';

vi.mock('./memory.ts', async (original) => {
  const { createMemory } = await original<typeof import('./memory.ts')>();
  return { createMemory: () => createMemory(2 ** 20 + 2 ** 18) };
});

test('a program too large for the shared memory has its own, and still moves variables', async () => {
  const engine = createOnednnEngine({ threads: 1 });
  const weights: Variable = { name: 'weights', shape: [64, 64] };
  const x = input('x', [1024, 64]);
  const y = relu(matmul(x, variable(weights)));
  const step = makeStep('large', {
    outputs: { total: sumAll(multiply(y, y)) },
    updates: [{ variable: weights, value: add(multiply(variable(weights), 2), 1) }],
  });
  const program = await engine.compile(step);
  expect(program.scratchBytes).toBeGreaterThan(2 ** 18);
  engine.write(weights, new Float32Array(64 * 64).fill(0.5));
  const { total } = await program.run({ x: new Float32Array(1024 * 64).fill(0.25) });
  expect(total[0]).toBe(1024 * 64 * 8 * 8);
  expect(engine.read(weights).every((value) => value === 2)).toBe(true);
});

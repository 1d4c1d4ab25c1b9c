/** As ../leaks.test.ts, with our own Winograd: its phases, which every thread knows, and its threads. */
import { expect, test } from 'vitest';
import { growthOver, trainAndForget } from '../testing/leaks.ts';
import { createOnednnEngine } from './engine.ts';

// oneDNN reads it when it is first used; test files have processes of their own.
process.env.ONEDNN_MAX_CPU_ISA = 'AVX2';

test('programs and variables are given back: 200 cycles take no more than 50', async () => {
  await using engine = createOnednnEngine({ threads: 2 });
  expect(engine.describe().instructionSet).toBe('avx2');
  expect(await growthOver(() => trainAndForget(engine, 48), 50, 150)).toBeLessThan(30);
});

test('engines are given back with their threads', async () => {
  const cycle = async () => {
    await using engine = createOnednnEngine({ threads: 2 });
    await trainAndForget(engine, 48);
  };
  expect(await growthOver(cycle, 5, 20)).toBeLessThan(60);
});

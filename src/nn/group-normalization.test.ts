import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { differentiate, input, makeStep, multiply, sumAll } from '../graph/index.ts';
import { gridOf, makeNetwork } from './index.ts';
import { normalizeGroups } from './normalization.ts';
import { expectClose } from './testing/one-layer.ts';

const engine = createReferenceEngine();
const shape = [2, 4, 2, 2];
/** Image 0 holds 0 to 15, channel by channel; image 1 their squares. */
const values = Float32Array.from({ length: 32 }, (_, at) => (at < 16 ? at : (at - 16) ** 2));

/** (x - mean) / sqrt(variance + 1e-5) of each run of `length` values that lie one after another. */
function normalizedRuns(length: number): number[] {
  return Array.from({ length: values.length / length }, (_, run) => {
    const own = [...values.subarray(run * length, (run + 1) * length)];
    const mean = own.reduce((a, b) => a + b) / length;
    const variance = own.reduce((total, x) => total + (x - mean) ** 2, 0) / length;
    return own.map((x) => (x - mean) / Math.sqrt(variance + 1e-5));
  }).flat();
}

describe('normalization of each example by itself', () => {
  test.each([
    ['two groups: two channels of four pixels each', 2, 8],
    ['as instances: a channel each', 4, 4],
    ['as layers: all of an example', 1, 16],
  ])('%s', (_, groups, together) => {
    const [y] = engine.evaluate([normalizeGroups(input('x', shape), groups)], { x: values });
    expectClose(y, normalizedRuns(together));
  });

  test('of 0 to 7: mean 3.5, variance 5.25', () => {
    const [y] = engine.evaluate([normalizeGroups(input('x', shape), 2)], { x: values });
    expect(y[0]).toBeCloseTo(-3.5 / Math.sqrt(5.25001), 6);
    expect(y[7]).toBeCloseTo(3.5 / Math.sqrt(5.25001), 6);
  });

  test('gradients stay within the example', () => {
    const x = input('x', shape);
    const y = normalizeGroups(x, 2);
    const [gradient] = differentiate(sumAll(multiply(multiply(y, y), input('w', shape))), [x]);
    const w = new Float32Array(32).map((_, at) => (at < 16 ? 0 : at % 5));
    const [found] = engine.evaluate([gradient], { x: values, w });
    expect([...found.slice(0, 16)].every((value) => value === 0)).toBe(true);
    expect([...found.slice(16)].every((value) => value !== 0)).toBe(true);
  });

  test('one value a group has no variance, and is refused', () => {
    expect(() => normalizeGroups(input('x', [2, 4, 1, 1]), 4)).toThrow('one value a group');
  });
});

describe('a network that normalizes so', () => {
  const images = { channels: 1, height: 8, width: 8 };
  const network = makeNetwork('resnet8', {
    images,
    classes: 3,
    width: 4,
    normalization: { kind: 'group', groups: 2 },
  });
  const x = input('x', [2, 1, 8, 8]);
  const pass = (statistics: { running: string } | { batch: readonly string[] }, name = 'x') => ({
    name,
    images: x,
    statistics,
    affine: 'shared',
  });

  test('has no running NS, and updates none', () => {
    expect(network.variables.filter(({ role }) => role === 'statistic')).toEqual([]);
    expect(gridOf(network)).toEqual([{ statistics: 'shared', affine: 'shared' }]);
    const { updates } = network.forward([pass({ batch: ['x'] })], [{ branch: 'shared', from: ['x'] }]);
    expect(updates).toEqual([]);
  });

  test('is the same in training and in evaluation', () => {
    const logits = [{ batch: ['x'] }, { running: 'shared' }].map((statistics) => {
      const found = network.forward([pass(statistics)]).logits;
      return makeStep('look', { outputs: found }).outputs.x;
    });
    for (const each of network.variables) {
      const size = each.shape.reduce((a, b) => a * b, 1);
      engine.write(
        each,
        Float64Array.from({ length: size }, (_, at) => Math.cos(at)),
      );
    }
    const [trained, evaluated] = engine.evaluate(logits, { x: new Float32Array(128).map((_, at) => at % 7) });
    expect(evaluated).toEqual(trained);
  });

  test('takes no statistics of other images alone', () => {
    const both = (by: readonly string[]) => () =>
      network.forward([pass({ batch: by }, 'clean'), pass({ batch: by }, 'adv')]);
    expect(both(['adv', 'clean'])).not.toThrow();
    expect(both(['clean'])).toThrow('normalizes its pass adv by the statistics of clean, which group');
  });
});

import { afterAll, describe, expect, test } from 'vitest';
import {
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
  input,
  makeStep,
} from '../../../graph/index.ts';
import { apply } from '../../../graph/operation.ts';
import { convolutionOperation } from '../../../graph/operations/convolution.ts';
import { createReferenceEngine } from '../../reference/engine.ts';
import { valuesFor } from '../../testing/case.ts';
import { relativeDifference } from '../../testing/numbers.ts';
import { createOnnxEngine } from '../engine.ts';
import { winogradApplies } from './winograd.ts';

const window = { stride: 1, padding: 1 };

describe('Winograd', () => {
  const engine = createOnnxEngine({ threads: 2 });
  const reference = createReferenceEngine();
  afterAll(() => engine.dispose());

  test.each([
    { what: 'one tile', n: 3, c: 128, k: 96, height: 4, width: 4 },
    { what: 'tiles that the image fills', n: 2, c: 96, k: 128, height: 8, width: 16 },
    { what: 'tiles cut by the border', n: 2, c: 128, k: 128, height: 7, width: 11 },
  ])('computes the convolution and its gradients: $what', async ({ n, c, k, height, width }) => {
    const [x, w, dy] = [
      input('x', [n, c, height, width]),
      input('w', [k, c, 3, 3]),
      input('dy', [n, k, height, width]),
    ];
    expect(winogradApplies(x.shape, w.shape, window)).toBe(true);
    const bias = input('bias', [k]);
    const fused = { ...window, bias: true, residual: true, relu: true };
    const step = makeStep('winograd', {
      outputs: {
        y: convolution(x, w, window),
        dx: convolutionInputGradient(dy, w, x.shape, window),
        dw: convolutionWeightGradient(x, dy, w.shape, window),
        fused: apply(convolutionOperation, [x, w, bias, dy], fused),
      },
    });
    const values = Object.fromEntries(
      step.inputs.map(({ attributes: { name }, shape }, at) => [
        name,
        valuesFor({ shape, signs: 'both' }, at),
      ]),
    );
    const expected = await (await reference.compile(step)).run(values);
    const actual = await (await engine.compile(step)).run(values);
    for (const [name, exact] of Object.entries(expected))
      expect(relativeDifference(actual[name], exact), name).toBeLessThan(1e-5);
  });

  test.each([
    ['few channels', [1, 16, 8, 8], [16, 16, 3, 3], window],
    ['a stride', [1, 256, 8, 8], [256, 256, 3, 3], { stride: 2, padding: 1 }],
    ['another kernel', [1, 256, 8, 8], [256, 256, 1, 1], { stride: 1, padding: 0 }],
    ['large images', [1, 64, 32, 32], [64, 64, 3, 3], window],
    ['images smaller than a tile', [1, 256, 2, 2], [256, 256, 3, 3], window],
  ])('is left to direct convolution for %s', (_, x, w, how) => {
    expect(winogradApplies(x, w, how)).toBe(false);
  });

  test('is never used where direct convolutions are asked for', async () => {
    const direct = createOnnxEngine({ threads: 1, convolution: 'direct' });
    const step = makeStep('s', {
      outputs: { y: convolution(input('x', [1, 128, 4, 4]), input('w', [128, 128, 3, 3]), window) },
    });
    const values = {
      x: valuesFor({ shape: [1, 128, 4, 4], signs: 'both' }, 0),
      // Filters whose only tap is the middle one: without transforms the channels pass unrounded.
      w: Float32Array.from({ length: 128 * 128 * 9 }, (_, at) =>
        at % 9 === 4 && at % (129 * 9) < 9 ? 1 : 0,
      ),
    };
    const [exact, rounded] = await Promise.all(
      [direct, engine].map(async (on) => (await (await on.compile(step)).run(values)).y),
    );
    expect(exact).toEqual(values.x);
    expect(rounded).not.toEqual(values.x);
    expect(relativeDifference(rounded, exact)).toBeLessThan(1e-5);
  });
});

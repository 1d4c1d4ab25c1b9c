/**
 * The same weights and the same start give the same numbers here and in PyTorch: logits, gradients of the images, PGD, and
 * everything that training steps move, for every network and regime.
 *
 * Float64 on both sides leaves nothing to rounding but the float32 of the files in between, so that a wrong formula cannot
 * hide behind a tolerance. What float32 adds is float32.test.ts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../src/engines/index.ts';
import { type Asked, askPytorch } from './ask.ts';
import { radius, smallCases, titleOf } from './cases.ts';
import { largestDifference, relativeDifference, strayPixels } from './compare.ts';
import { attackSteps, evaluateOurs, prepare, trainOurs } from './ours.ts';
import { whyNoPytorch } from './python.ts';

const tolerance = 1e-6;
// In two training steps the files' rounding goes through fifty layers, and grows.
const trainingTolerance = 1e-5;
const trainingSteps = 2;

const cases = smallCases.map((parityCase) => [titleOf(parityCase), parityCase] as const);
const missing = whyNoPytorch();
if (missing) test.skip(`parity with PyTorch: ${missing}`, () => {});

describe.skipIf(missing)('the reference engine and PyTorch in float64', () => {
  let asked: Asked;
  beforeAll(async () => {
    asked = await askPytorch(smallCases, 'float64', trainingSteps);
  }, 300_000);
  afterAll(() => asked?.dispose());

  test.each(cases)('%s: logits and gradients of every cell, and PGD', async (_, parityCase) => {
    const { valuesOf } = await asked.of(parityCase);
    const prepared = prepare(parityCase);
    const { adversarial, ...ours } = Object.fromEntries(
      await evaluateOurs(createReferenceEngine(), prepared),
    );
    for (const [name, values] of Object.entries(ours))
      expect(relativeDifference(values, valuesOf(name)), name).toBeLessThan(tolerance);
    const gradients = Array.from({ length: attackSteps }, (_, step) => valuesOf(`iterateGradient.${step}`));
    const last = valuesOf(`iterate.${attackSteps}`);
    const stray = strayPixels(adversarial, last, gradients, tolerance);
    expect(stray, 'pixels that differ though their gradient is well away from zero').toEqual([]);
    // Two attacks that both did nothing would agree as well.
    expect(largestDifference(adversarial, prepared.pixels)).toBeGreaterThan(radius.linf.epsilon / 2);
  });

  test.each(cases)(
    '%s: everything that training steps move',
    async (_, parityCase) => {
      const { names, valuesOf } = await asked.of(parityCase);
      const ours = await trainOurs(createReferenceEngine(), prepare(parityCase), trainingSteps);
      const expectedNames = names.filter((name) => /^(loss|state|velocity)\./.test(name));
      expect([...ours.keys()].sort()).toEqual(expectedNames.sort());
      for (const [name, values] of ours) {
        if (/running_(mean|var)$/.test(name))
          expect(largestDifference(values, valuesOf(name)), name).toBeLessThan(trainingTolerance);
        else expect(relativeDifference(values, valuesOf(name)), name).toBeLessThan(trainingTolerance);
      }
    },
    120_000,
  );
});

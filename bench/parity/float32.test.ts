/**
 * The fast engines and PyTorch, all in float32, at the width that people use.
 *
 * Rounding has two ways to show as more than rounding, and neither is a mistake of either side. A ReLU whose input is
 * within rounding of zero is open on one side and shut on the other, which changes the gradient of that image by a
 * percent or so; and the sign of a gradient within rounding of zero is anybody's. So gradients are compared image by
 * image, of which nearly all agree to 1e-5; PGD is compared step by step from PyTorch's own iterates; and the training
 * step is given PyTorch's adversarial images.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type TestedEngine, testedEngines } from '../../src/engines/testing/engines.ts';
import { InputError } from '../../src/errors.ts';
import { gridOf } from '../../src/nn/index.ts';
import { type Asked, askPytorch } from './ask.ts';
import { fullWidthCases, titleOf } from './cases.ts';
import { distance, distances, largestDifference, strayPixels } from './compare.ts';
import { attackSteps, evaluateOurs, prepare, stepsFrom, trainOurs } from './ours.ts';
import { whyNoPytorch } from './python.ts';

const tolerance = { logits: 1e-4, gradient: 1e-3, statistics: 1e-5, velocity: 5e-2 };
/** A gradient below this part of the image's largest may have either sign. */
const rounding = 1e-3;

const cases = fullWidthCases.map((parityCase) => [titleOf(parityCase), parityCase] as const);
const fast = testedEngines.filter(({ name }) => name !== 'reference');
const noPytorch = whyNoPytorch();
for (const each of fast) {
  const missing = noPytorch ?? whyNot(each);
  if (missing) test.skip(`parity of the ${each.name} engine with PyTorch: ${missing}`, () => {});
}

// Asked once for all engines.
let asked: Asked;
beforeAll(async () => {
  if (!noPytorch) asked = await askPytorch(fullWidthCases, 'float32', 1);
}, 300_000);
afterAll(() => asked?.dispose());

describe.skipIf(noPytorch).each(fast.filter((each) => !whyNot(each)))(
  'the $name engine and PyTorch in float32',
  ({ create }) => {
    test.each(cases)(
      '%s: logits and gradients of every cell',
      async (_, parityCase) => {
        const { valuesOf } = await asked.of(parityCase);
        const prepared = prepare(parityCase);
        const ours = await evaluateOurs(create(), prepared);
        const images = gridOf(prepared.network).flatMap(({ statistics, affine }) => {
          const [logits, gradient] = ['logits', 'gradient'].map((what) => `${what}.${statistics}.${affine}`);
          expect(largestDifference(oursOf(ours, logits), valuesOf(logits))).toBeLessThan(tolerance.logits);
          return distances(oursOf(ours, gradient), valuesOf(gradient), parityCase.batch);
        });
        expect(shareBelow(images, tolerance.gradient)).toBeGreaterThanOrEqual(0.75);
      },
      300_000,
    );

    test.each(cases)(
      '%s: every step of PGD',
      async (_, parityCase) => {
        const { valuesOf } = await asked.of(parityCase);
        const iterates = Array.from({ length: attackSteps + 1 }, (_, step) => valuesOf(`iterate.${step}`));
        const engine = create();
        const ours = await stepsFrom(engine, prepare(parityCase), iterates.slice(0, -1));
        const agreements = ours.flatMap(({ gradient, next }, step) => {
          const theirGradient = valuesOf(`iterateGradient.${step}`);
          const apart = distances(gradient, theirGradient, parityCase.batch);
          const size = gradient.length / parityCase.batch;
          apart.forEach((each, image) => {
            if (each > tolerance.gradient) return;
            const of = (values: Float32Array) => values.subarray(image * size, (image + 1) * size);
            const stray = strayPixels(of(next), of(iterates[step + 1]), [of(theirGradient)], rounding);
            expect(stray, `step ${step}, image ${image}`).toEqual([]);
          });
          return apart;
        });
        expect(shareBelow(agreements, tolerance.gradient)).toBeGreaterThanOrEqual(0.75);
      },
      300_000,
    );

    test.each(cases)(
      '%s: a training step',
      async (_, parityCase) => {
        const { names, valuesOf } = await asked.of(parityCase);
        const adversarial = valuesOf(`iterate.${attackSteps}`);
        const engine = create();
        const ours = await trainOurs(engine, prepare(parityCase), 1, adversarial);
        const expectedNames = names.filter((name) => /^(loss|state|velocity)\./.test(name));
        expect([...ours.keys()].sort()).toEqual(expectedNames.sort());
        for (const [name, values] of ours) {
          const expected = valuesOf(name);
          if (name.startsWith('velocity.'))
            expect(distance(values, expected), name).toBeLessThan(tolerance.velocity);
          else if (name.startsWith('loss.') || /running_(mean|var)$/.test(name))
            expect(largestDifference(values, expected), name).toBeLessThan(tolerance.statistics);
        }
      },
      300_000,
    );
  },
);

function whyNot({ create }: TestedEngine): string | undefined {
  try {
    create().dispose();
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.message;
  }
}

const shareBelow = (values: readonly number[], bound: number) =>
  values.filter((value) => value < bound).length / values.length;

function oursOf(ours: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const found = ours.get(name);
  if (!found) throw new Error(`no ${name}`);
  return found;
}

/** FMN and DDN. */
import { describe, expect, test } from 'vitest';
import { relu, subtract } from '../graph/index.ts';
import { attack } from './attack.ts';
import { distanceOf, isWithin } from './minimal-norm.ts';
import { annealed } from './minimal-norm-start.ts';
import { predictedClass, predictor } from './model.ts';
import { namedAttack } from './table.ts';
import { linearModel } from './testing/linear.ts';
import { exactWay, pixels, rightExamples, rightTiny, weights } from './testing/nearest.ts';
import { chosen, tinyModel } from './testing/tiny.ts';

test('a step size falls from the first value to the last along half a cosine', () => {
  expect([0, 25, 50, 75, 100].map((step) => annealed(1, 0, step, 100))).toEqual(
    [1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2, 0].map((each) => expect.closeTo(each, 12)),
  );
});

describe.each([
  ['ddn', 'ddn-100', 'l2'],
  ['fmn', 'fmn-100', 'linf'],
  ['fmn', 'fmn-100-l2', 'l2'],
  ['fmn', 'fmn-100-l1', 'l1'],
] as const)('%s as %s', (_, name, norm) => {
  test.each([2, 3, 5])(
    'a linear model of %i classes: near the exact distance, never below',
    async (classes) => {
      // Far enough apart that cross-entropy, which DDN climbs, sees at a border the two classes there and no third.
      const rows = weights.slice(0, classes).map((row) => row.map((weight) => 20 * weight));
      const model = linearModel(pixels, rows);
      const given = await rightExamples(model, 40, 0.25, 0.75);
      const { distance, adversarial } = await attack(model, namedAttack(name, 0.1), { batchSize: 9 })(given);
      const logits = await predictor(model, 40)(adversarial);
      const excess: number[] = [];
      for (const [at, label] of given.labels.entries()) {
        const x = given.images.subarray(4 * at, 4 * at + 4);
        const { exact, isFree, hasRoom } = exactWay(norm, rows, x, label);
        const found = distance?.[at] ?? Number.NaN;
        expect(found).toBeGreaterThanOrEqual(exact - 1e-6);
        expect(predictedClass(logits, classes, at) !== label).toBe(Number.isFinite(found));
        if (!Number.isFinite(found)) continue;
        expect(distanceOf(norm, adversarial.subarray(4 * at, 4 * at + 4), x)).toBeCloseTo(found, 6);
        if (isFree && hasRoom && exact > 0.01) excess.push(found / exact);
      }
      excess.sort((a, b) => a - b);
      expect(excess.length).toBeGreaterThan(15);
      expect(excess[Math.floor(excess.length / 2)]).toBeLessThan(1.03);
    },
  );

  test('stopped early or not, whatever the batch and the order, an example is broken or is not', async () => {
    const examples = await rightTiny(8);
    const options = (epsilon: number) => ({ ...namedAttack(name, epsilon), steps: 20, restarts: 2 });
    const distances = (await attack(tinyModel(), options(0.1))(examples)).distance?.toSorted() ?? [];
    const epsilon = (distances[3] + distances[4]) / 2;
    const whole = await attack(tinyModel(), options(epsilon))(examples);
    const broken = [...whole.firstMisclassified].map((step) => step !== -1);
    expect([...(whole.distance ?? [])].map((distance) => isWithin(distance, epsilon))).toEqual(broken);
    expect(new Set(broken).size).toBe(2);
    const order = [6, 2, 0, 7, 5, 3, 1, 4];
    const settings = { batchSize: 3, earlyStop: true };
    const stopped = await attack(tinyModel(), options(epsilon), settings)(chosen(examples, order));
    expect([...stopped.firstMisclassified]).toEqual(order.map((at) => whole.firstMisclassified[at]));
    for (const [place, at] of order.entries()) {
      const image = stopped.adversarial.subarray(16 * place, 16 * place + 16);
      const clean = examples.images.subarray(16 * at, 16 * at + 16);
      expect(isWithin(distanceOf(norm, image, clean), epsilon)).toBe(true);
      expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  test('a gradient of zero leads nowhere, and to nothing that is not finite', async () => {
    const flat = linearModel(pixels, [weights[0], weights[0]]);
    const images = new Float32Array(4).fill(0.5);
    const result = await attack(flat, { ...namedAttack(name, 0.1), steps: 5 })({ images, labels: [0] });
    expect(result.distance?.[0]).toBe(Number.POSITIVE_INFINITY);
    expect(result.firstMisclassified[0]).toBe(-1);
    expect(result.zeroGradientSteps[0]).toBe(5);
    expect(result.adversarial).toEqual(images);
    expect(result.notFinite).toEqual(['none']);
  });
});

test('where there is no slope, DDN goes in directions drawn for the example and the step', async () => {
  // Class 1 wins where the first pixel is above 0.6, and there is no slope below.
  const plateau = linearModel(
    pixels,
    [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
    ],
    undefined,
    (x) => relu(subtract(x, 0.6)),
  );
  const count = 12;
  const examples = {
    images: new Float32Array(4 * count).fill(0.5),
    labels: new Array<number>(count).fill(0),
  };
  const distances = async (seed: number, batchSize: number) => {
    const run = attack(plateau, { name: 'ddn', epsilon: 0.1, steps: 4 }, { seed, batchSize });
    return [...((await run(examples)).distance ?? [])];
  };
  const found = await distances(0, 12);
  expect(found.some(Number.isFinite)).toBe(true);
  expect(new Set(found).size).toBeGreaterThan(3);
  expect(Math.min(...found)).toBeGreaterThan(0.1);
  expect(await distances(0, 5)).toEqual(found);
  expect(await distances(1, 12)).not.toEqual(found);
  // An attack that follows gradients alone stays where it is.
  const { distance } = await attack(plateau, namedAttack('fmn-4-l2', 0.1))(examples);
  expect(distance?.every((each) => each === Number.POSITIVE_INFINITY)).toBe(true);
});

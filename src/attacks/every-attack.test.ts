/**
 * What holds for every attack of the table, by every name it has: a new one is tested here without a word. What one attack should find
 * beyond that is in its own test.
 */
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { uniforms } from '../random/index.ts';
import { attack } from './attack.ts';
import type { AttackOptions } from './definition.ts';
import { isWithin } from './minimal-norm.ts';
import { type Examples, type Model, predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { norms } from './norms.ts';
import { attackForms, definitionOf } from './table.ts';
import { linearModel } from './testing/linear.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

const names = attackForms.map((form) => form.replace('<N>', '8'));

/** At an epsilon, with no more steps than say something. */
function shortened(name: string, epsilon: number): AttackOptions {
  const options = namedAttack(name, epsilon);
  return { ...options, steps: Math.min(options.steps, 8) };
}

/** Per pixel, about the same in each norm. */
const epsilonOf = (name: string, size: number, pixels: number) =>
  ({ linf: size, l2: size * Math.sqrt(pixels), l1: size * pixels })[namedAttack(name, 0.1).norm];

const pixels = { channels: 1, height: 2, width: 2 };
const weights = [
  [1, 0.5, -1, 0.25],
  [-1, 0.75, 0.5, -0.5],
  [0.5, -1, 0.25, 1],
  [-0.5, -0.25, 1, -1],
  [0.25, 1, 0.75, 0.5],
];

/** Images with the classes that a linear model takes them for, and how far each is from the nearest border, [0, 1] aside. */
async function linearExamples(classes: number, count: number) {
  const rows = weights.slice(0, classes);
  const model = linearModel(pixels, rows);
  const images = new Float32Array(4 * count);
  uniforms({ seed: 2, purpose: 'noise' }, images, 0.3, 0.7);
  const logits = await predictor(model, count)(images);
  const labels = Array.from({ length: count }, (_, at) => predictedClass(logits, classes, at));
  const dual = {
    linf: (w: readonly number[]) => w.reduce((sum, each) => sum + Math.abs(each), 0),
    l2: (w: readonly number[]) => Math.hypot(...w),
    l1: (w: readonly number[]) => Math.max(...w.map(Math.abs)),
  };
  const distance = (norm: keyof typeof dual, at: number) =>
    Math.min(
      ...rows.flatMap((row, k) => {
        const difference = row.map((value, i) => value - rows[labels[at]][i]);
        const margin = logits[classes * at + labels[at]] - logits[classes * at + k];
        return k === labels[at] ? [] : [margin / dual[norm](difference)];
      }),
    );
  return { model, images, labels, distance };
}

/** Every image is one, in the ball, and misclassified exactly where the attack says so. */
async function expectSound(model: Model, options: AttackOptions, examples: Examples) {
  const { classes } = model.network;
  const size = examples.images.length / examples.labels.length;
  const run = attack(model, options, { earlyStop: true, batchSize: 5 });
  const { adversarial, firstMisclassified } = await run(examples);
  const logits = await predictor(model, 7)(adversarial);
  for (const [at, step] of firstMisclassified.entries()) {
    const image = adversarial.subarray(size * at, size * (at + 1));
    const moved = image.map((value, i) => value - examples.images[size * at + i]);
    expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(isWithin(norms[options.norm].size(moved) - 1e-6, options.epsilon)).toBe(true);
    expect(predictedClass(logits, classes, at) !== examples.labels[at]).toBe(step !== -1);
    expect(step).toBeLessThanOrEqual(options.steps);
  }
  return firstMisclassified;
}

describe.each(names)('%s', (name) => {
  test.each([2, 3, 5])('on %i classes is sound, or refused where they are too few', async (classes) => {
    const { model, images, labels } = await linearExamples(classes, 12);
    const options = shortened(name, epsilonOf(name, 0.1, 4));
    if (classes < definitionOf(options.name).leastClasses(options))
      await expect(attack(model, options)({ images, labels })).rejects.toThrow(InputError);
    else await expectSound(model, options, { images, labels });
  });

  test('breaks nothing that is farther from the border than epsilon', async () => {
    const { model, images, labels, distance } = await linearExamples(5, 40);
    const { norm } = namedAttack(name, 0.1);
    const distances = labels.map((_, at) => distance(norm, at));
    // Half of them are farther.
    const epsilon = distances.toSorted((a, b) => a - b)[20];
    const firstMisclassified = await expectSound(model, shortened(name, epsilon), { images, labels });
    const far = distances.flatMap((distance, at) => (distance > epsilon * 1.0001 ? [at] : []));
    expect(far.length).toBeGreaterThan(10);
    for (const at of far) expect(firstMisclassified[at], `example ${at}`).toBe(-1);
  });

  test('tells the one example that holds from those that are wrong from the start', async () => {
    const { model, images, labels, distance } = await linearExamples(5, 40);
    const { norm } = namedAttack(name, 0.1);
    // Far less than any of the distances: nothing moves any image over a border.
    const epsilon = Math.min(...labels.map((_, at) => distance(norm, at))) / 10;
    const given = labels.map((label, at) => (at === 17 ? label : (label + 1) % 5));
    const outcomes = async (labels: readonly number[]) => {
      const run = attack(model, shortened(name, epsilon), { earlyStop: true, batchSize: 7 });
      return [...(await run({ images, labels })).firstMisclassified].map((step) => step === -1);
    };
    expect(await outcomes(given)).toEqual(given.map((_, at) => at === 17));
    expect(await outcomes(labels.map((label) => (label + 1) % 5))).toEqual(given.map(() => false));
  });

  test('knows no batch, order or part', async () => {
    const model = tinyModel(undefined, undefined, 5);
    const { images, indices } = tinyExamples(9);
    const logits = await predictor(model, 9)(images);
    const labels = Uint32Array.from(indices, (_, at) => predictedClass(logits, 5, at));
    const options = { ...shortened(name, epsilonOf(name, 0.05, 16)), steps: 3 };
    const inOrder = [...labels.keys()];
    for (const earlyStop of [true, false]) {
      const outcomes = async (order: readonly number[], batchSize: number) => {
        const run = attack(model, options, { seed: 3, batchSize, earlyStop });
        const { adversarial, firstMisclassified } = await run(chosen({ images, labels, indices }, order));
        return order.map((example, at) => ({
          example,
          step: firstMisclassified[at],
          image: [...adversarial.subarray(16 * at, 16 * (at + 1))],
        }));
      };
      const whole = await outcomes(inOrder, 100);
      for (const other of [
        await outcomes(inOrder, 2),
        await outcomes(inOrder.toReversed(), 4),
        await outcomes([7, 2, 5], 1),
      ])
        for (const outcome of other) expect(outcome).toEqual(whole[outcome.example]);
    }
  });

  test('moves no variable', async () => {
    const engine = createReferenceEngine();
    const model = tinyModel(undefined, engine, 5);
    const values = () => model.network.variables.map((variable) => engine.readExact(variable));
    const before = values();
    await attack(model, { ...shortened(name, epsilonOf(name, 0.05, 16)), steps: 2 })(tinyExamples(3));
    expect(values()).toEqual(before);
  });
});

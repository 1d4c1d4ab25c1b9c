import { expect, test } from 'vitest';
import { attack } from './attack.ts';
import { distanceOf, isWithin } from './minimal-norm.ts';
import { predictedClass, predictor } from './model.ts';
import { normNames } from './norms.ts';
import { namedAttack } from './table.ts';
import { linearModel } from './testing/linear.ts';
import { exactWay, pixels, rightExamples, rightTiny, weights } from './testing/nearest.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

const suffix = { linf: '', l2: '-l2', l1: '-l1' } as const;

const modes = normNames.flatMap((norm) => [2, 3, 5].map((classes) => [norm, classes] as const));

test.each(modes)('%s, a linear model of %i classes: the exact distance, at once', async (norm, classes) => {
  const rows = weights.slice(0, classes);
  const model = linearModel(pixels, rows);
  const given = await rightExamples(model, 40);
  let checked = 0;
  for (const name of ['fab', 'fab-t']) {
    // The last step aims 5 % beyond the border; the steps back to the clean image make that up.
    for (const [steps, most] of [
      [1, 1.06],
      [30, 1.02],
    ]) {
      const options = { ...namedAttack(name + suffix[norm], 0.1), steps };
      const { distance, adversarial } = await attack(model, options, { batchSize: 7 })(given);
      const logits = await predictor(model, 40)(adversarial);
      for (const [at, label] of given.labels.entries()) {
        const x = given.images.subarray(4 * at, 4 * at + 4);
        const { exact, isFree, hasRoom } = exactWay(norm, rows, x, label);
        const found = distance?.[at] ?? Number.NaN;
        expect(found).toBeGreaterThanOrEqual(exact - 1e-6);
        if (steps === 1 ? isFree && hasRoom : isFree || name === 'fab-t') {
          expect(found).toBeLessThanOrEqual(exact * most + 1e-6);
          checked += 1;
        }
        if (exact === Number.POSITIVE_INFINITY) continue;
        expect(predictedClass(logits, classes, at) !== label).toBe(Number.isFinite(found));
        if (Number.isFinite(found))
          expect(distanceOf(norm, adversarial.subarray(4 * at, 4 * at + 4), x)).toBeCloseTo(found, 6);
      }
    }
  }
  expect(checked).toBeGreaterThan(40);
});

test.each(normNames)(
  '%s: in an evaluation, an example is broken if its distance is within epsilon',
  async (norm) => {
    const model = tinyModel();
    const examples = await rightTiny(12);
    for (const name of ['fab', 'fab-t']) {
      const options = (epsilon: number) => ({ ...namedAttack(name + suffix[norm], epsilon), steps: 15 });
      const distances = (await attack(model, options(0))(examples)).distance?.toSorted() ?? [];
      // So that half of them are broken.
      const epsilon = (distances[5] + distances[6]) / 2;
      expect(epsilon).toBeGreaterThan(0);
      const whole = await attack(model, options(epsilon))(examples);
      const stopped = await attack(model, options(epsilon), { earlyStop: true })(examples);
      expect(stopped.distance).toBeUndefined();
      expect([...stopped.firstMisclassified]).toEqual([...whole.firstMisclassified]);
      const broken = [...(whole.distance ?? [])].map((distance) => isWithin(distance, epsilon));
      expect([...stopped.firstMisclassified].map((step) => step !== -1)).toEqual(broken);
      expect(new Set(broken).size).toBe(2);
      const logits = await predictor(model, 12)(stopped.adversarial);
      for (const at of broken.keys()) {
        const [image, clean] = [stopped.adversarial, examples.images].map((all) =>
          all.subarray(16 * at, 16 * at + 16),
        );
        expect(predictedClass(logits, 3, at) !== examples.labels[at]).toBe(broken[at]);
        expect(isWithin(distanceOf(norm, image, clean), epsilon)).toBe(true);
        if (!broken[at]) expect(image).toEqual(clean);
      }
    }
  },
);

test.each([true, false])('batch size and order change nothing (early stop: %s)', async (earlyStop) => {
  const examples = await rightTiny(7);
  const results = async (name: string, batchSize: number, order: readonly number[]) => {
    const options = { ...namedAttack(name, 0.06), steps: 6, restarts: 2 };
    const run = attack(tinyModel(), options, { seed: 3, batchSize, earlyStop });
    const { adversarial, firstMisclassified, distance } = await run(chosen(examples, order));
    return new Map(
      order.map((example, at) => [
        example,
        [...adversarial.subarray(16 * at, 16 * at + 16), firstMisclassified[at], distance?.[at]],
      ]),
    );
  };
  for (const name of ['fab', 'fab-t', 'fab-t-l2']) {
    const whole = await results(name, 7, [0, 1, 2, 3, 4, 5, 6]);
    for (const other of [await results(name, 3, [6, 2, 0, 5, 3, 1, 4]), await results(name, 100, [4])])
      for (const [example, result] of other) expect(result).toEqual(whole.get(example));
  }
});

test('restarts and further targets only bring an image nearer', async () => {
  const examples = await rightTiny(30);
  const distances = async (given: object) => {
    const run = attack(tinyModel(), { ...namedAttack('fab-t', 0.1), steps: 3, ...given });
    return [...((await run(examples)).distance ?? [])];
  };
  const once = await distances({ targets: 1 });
  const [targets, restarts] = [await distances({}), await distances({ targets: 1, restarts: 4 })];
  for (const more of [targets, restarts])
    expect(more.every((distance, at) => distance <= once[at])).toBe(true);
  expect(targets.some((distance, at) => distance < once[at])).toBe(true);
});

test('a clean image that is misclassified is at distance 0, and itself', async () => {
  const model = linearModel(pixels, weights);
  const { images, labels } = await rightExamples(model, 6);
  const wrong = labels.map((label) => (label + 1) % 5);
  for (const name of ['fab', 'fab-t-l2']) {
    const result = await attack(model, namedAttack(name, 0.1))({ images, labels: wrong });
    expect(result.adversarial).toEqual(images);
    expect([...(result.distance ?? [])]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...result.firstMisclassified]).toEqual([0, 0, 0, 0, 0, 0]);
  }
});

test('where nothing is adversarial, the distance is infinite and the image the clean one', async () => {
  // Class 0 wins everywhere in [0, 1]: -x - y - ... + constant is not linear, so a row of zeros against a negative one.
  const model = linearModel(pixels, [
    [0, 0, 0, 0],
    [-1, -1, -1, -1],
  ]);
  const images = new Float32Array(4).fill(0.5);
  const result = await attack(model, namedAttack('fab-t', 0.1))({ images, labels: [0] });
  // At 0 both are equal, and the first class is predicted.
  expect(result.distance?.[0]).toBe(Number.POSITIVE_INFINITY);
  expect(result.adversarial).toEqual(images);
  expect(result.firstMisclassified[0]).toBe(-1);
});

test('a slope of zero is counted, and moves nothing', async () => {
  const flat = linearModel(pixels, [weights[0], weights[0], weights[0]]);
  const images = new Float32Array(4).fill(0.5);
  for (const name of ['fab', 'fab-t', 'fab-t-l2', 'fab-l1']) {
    const given = { ...namedAttack(name, 0.1), steps: 4 };
    const result = await attack(flat, given)({ images, labels: [0] });
    expect(result.distance?.[0]).toBe(Number.POSITIVE_INFINITY);
    expect(result.zeroGradientSteps[0]).toBeGreaterThanOrEqual(4);
  }
});

test('what is not finite is never robust, whatever its distance', async () => {
  const model = tinyModel();
  const [first] = model.network.variables.filter(({ role }) => role === 'weight');
  model.engine.write(first, model.engine.read(first).fill(Number.NaN, 0, 1));
  const { images } = tinyExamples(2);
  for (const name of ['fab', 'fab-t', 'fab-l2', 'fab-t-l1'])
    for (const earlyStop of [true, false]) {
      const run = attack(model, namedAttack(name, 0.1), { earlyStop });
      const { firstMisclassified, notFinite, distance } = await run({ images, labels: [0, 1] });
      expect([...firstMisclassified]).toEqual([0, 0]);
      expect(notFinite).toEqual(['logits', 'logits']);
      if (!earlyStop) expect([...(distance ?? [])]).toEqual([0, 0]);
    }
});

test('the step that is told never exceeds the number of steps', async () => {
  const options = { ...namedAttack('fab-t', 1), steps: 4 };
  const { firstMisclassified, distance } = await attack(tinyModel(), options)(await rightTiny(12));
  expect(Math.max(...firstMisclassified)).toBeLessThanOrEqual(4);
  expect((distance ?? []).some((each) => each > 0)).toBe(true);
});

import { expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { attack } from './attack.ts';
import { adversarialImages, fgsm, pgd, pgdCurve, square } from './calls.ts';
import { namedAttack } from './names.ts';
import { counting } from './testing/counting.ts';
import { linearModel } from './testing/linear.ts';
import { tinyExamples, tinyModel } from './testing/tiny.ts';

const { images, labels, indices } = tinyExamples(4);

test('one line attacks a batch, with the test attack unless told otherwise', async () => {
  const adversarial = await pgd(tinyModel(), { epsilon: 0.1 })(images, labels);
  const expected = await attack(tinyModel(), namedAttack('pgd-10', 0.1))({ images, labels });
  expect(adversarial).toEqual(expected.adversarial);
  expect(adversarial).not.toEqual(images);
});

test('options, settings and indices are heard', async () => {
  const options = { epsilon: 0.1, steps: 2, stepSize: 0.03, norm: 'l2', seed: 8, batchSize: 3 } as const;
  const adversarial = await pgd(tinyModel(), options)(images, labels, indices);
  const { seed, batchSize, ...given } = options;
  const expected = await attack(
    tinyModel(),
    { ...namedAttack('pgd-10', 0.1), ...given },
    { seed, batchSize },
  )({ images, labels, indices });
  expect(adversarial).toEqual(expected.adversarial);
});

test('every attack has such a line', async () => {
  const model = tinyModel();
  const byName = async (name: string) =>
    (await attack(model, namedAttack(name, 0.1))({ images, labels })).adversarial;
  expect(await fgsm(model, { epsilon: 0.1 })(images, labels)).toEqual(await byName('fgsm'));
  expect(await square(model, { epsilon: 0.1, steps: 30 })(images, labels)).toEqual(await byName('square-30'));
  const noise = adversarialImages(model, { name: 'noise', epsilon: 0.1 });
  expect(await noise(images, labels)).toEqual(await byName('noise'));
});

test('a list of epsilons gives a curve that never rises', async () => {
  // The border is x = y / 2. With y at 1, where it cannot rise, the examples are 0.05, 0.15, 0.25 and 0.35 from it.
  const model = linearModel({ channels: 1, height: 1, width: 2 }, [
    [-1, 0.5],
    [1, -0.5],
  ]);
  const points = Float32Array.from([0.55, 0.65, 0.75, 0.85].flatMap((x) => [x, 1]));
  const epsilons = [0, 0.02, 0.06, 0.17, 0.26, 0.4];
  const curve = await pgdCurve(model, epsilons)(points, [1, 1, 1, 1]);
  expect(curve.map(({ epsilon }) => epsilon)).toEqual(epsilons);
  expect(curve.map(({ accuracy }) => accuracy)).toEqual([1, 1, 0.75, 0.5, 0.25, 0]);
});

test('each point of a curve is what the attack at its epsilon gives', async () => {
  const curve = await pgdCurve(tinyModel(), [0.05, 0.2], { steps: 3 })(images, labels);
  for (const { epsilon, accuracy: _, ...attacked } of curve)
    expect(attacked).toEqual(await attack(tinyModel(), namedAttack('pgd-3', epsilon))({ images, labels }));
});

test('no line leaves a compiled program behind, not even where it fails', async () => {
  const { engine, alive, compiled } = counting(createReferenceEngine());
  const model = tinyModel(undefined, engine);
  await pgd(model, { epsilon: 0.1, steps: 2, loss: 'kl' })(images, labels);
  await fgsm(model, { epsilon: 0.1 })(images, labels);
  await square(model, { epsilon: 0.1, steps: 3 })(images, labels);
  expect(compiled()).toBeGreaterThan(0);
  const before = compiled();
  await pgdCurve(model, [0.1, 0.2], { steps: 2 })(images, labels);
  expect(compiled() - before).toBe(1);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(pgd(model, { epsilon: 0.1, signal })(images, labels)).rejects.toThrow('enough');
  expect(alive()).toBe(0);
});

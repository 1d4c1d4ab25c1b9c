import { expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { attack } from './attack.ts';
import { adversarialImages, ddn, fab, fabT, fgsm, fmn, nearestAdversarial, pgd, square } from './calls.ts';
import { pgdCurve } from './curves.ts';
import { namedAttack } from './table.ts';
import { counting } from './testing/counting.ts';
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

test('so has every attack that seeks the nearest image, and one line gives the distances too', async () => {
  const model = tinyModel();
  for (const [name, call, norm] of [
    ['fab', fab, 'l2'],
    ['fab-t', fabT, 'linf'],
    ['ddn', ddn, 'l2'],
    ['fmn', fmn, 'l2'],
  ] as const) {
    const options = { steps: 4, norm } as const;
    const expected = await attack(model, { name, epsilon: 0, ...options })({ images, labels });
    const found = await nearestAdversarial(model, { name, ...options })(images, labels);
    expect(found).toEqual({ adversarial: expected.adversarial, distance: expected.distance });
    const given = name === 'ddn' ? { steps: 4 } : options;
    expect(await call(model, given as object)(images, labels)).toEqual(expected.adversarial);
  }
});

test('distances of an attack that looks in a ball are refused', async () => {
  const found = nearestAdversarial(tinyModel(), { name: 'pgd' })(images, labels);
  await expect(found).rejects.toThrow(/pgd looks in a ball.*use fab-t/);
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

import { beforeAll, expect, test } from 'vitest';
import { namedAttack, predictor } from '../../attacks/index.ts';
import { tinyExamples, tinyModel } from '../../attacks/testing/tiny.ts';
import { normalizationEpsilon } from '../../nn/index.ts';
import { batchStatistics } from '../batch-statistics.ts';
import { placeOf, variablesOf } from '../branches.ts';
import { evaluationCells, type Subject, tinySubject } from '../testing/subject.ts';
import { batchShifts } from './batch-shifts.ts';
import { shift } from './shift.ts';
import { universalPerturbation, withPerturbation } from './universal.ts';

const epsilon = 8 / 255;
let subject: Subject;
beforeAll(async () => {
  subject = await tinySubject(12);
});

test('sums of shifts are those of the batch statistics, in units of running NS', async () => {
  const { engine, network, cell } = tinyModel();
  const [clean, perturbed] = [tinyExamples(6).images, tinyExamples(6).images.map((value) => value * 0.9)];
  const ap = { affine: cell.affine };
  const statistics = batchStatistics({ engine, network, ap }, 6);
  const [before, after] = [await statistics(clean), await statistics(perturbed)];
  const measure = batchShifts({ engine, network, cell }, 'batch', 6);
  const { layers } = await measure(clean, perturbed);
  const units = new Map(
    variablesOf(network, 'statistics', 'adv').map((each) => {
      const { layer, what } = placeOf(each);
      return [`${layer} ${what}`, engine.read(each)];
    }),
  );
  for (const [at, { layer, means, spreads, positions, pixels }] of layers.entries()) {
    const mu = units.get(`${layer} running_mean`) ?? [];
    const variance = units.get(`${layer} running_var`) ?? [];
    for (const channel of means.sum.keys()) {
      const square = variance[channel] + normalizationEpsilon;
      const shifted = after[at].mean[channel] - before[at].mean[channel];
      expect(means.sum[channel] / 6).toBeCloseTo(shifted / Math.sqrt(square), 5);
      const around = (each: typeof before) =>
        (each[at].variance[channel] + (each[at].mean[channel] - mu[channel]) ** 2) / square;
      expect(spreads.sum[channel] / 6).toBeCloseTo(around(after) - around(before), 4);
      const places = positions.sum.subarray(channel * pixels, (channel + 1) * pixels);
      expect(places.reduce((total, value) => total + value, 0) / pixels).toBeCloseTo(means.sum[channel], 4);
    }
  }
  await Promise.all([measure.dispose(), statistics.dispose()]);
});

test('a universal perturbation is one for all images, in the ball, and raises the loss; nothing moves', async () => {
  const { engine, network } = subject;
  const model = { engine, network, cell: evaluationCells.robust };
  const before = subject.values();
  const options = { norm: 'linf', epsilon: 0.2, steps: 20, batchSize: 6 } as const;
  const delta = await universalPerturbation(model, subject.examples, options);
  expect(subject.values()).toEqual(before);
  expect(delta).toHaveLength(16);
  expect(Math.max(...delta.map(Math.abs))).toBeCloseTo(0.2, 5);
  const predict = predictor(model, 12);
  const loss = async (images: Float32Array) => {
    const logits = await predict(images);
    return Array.from(subject.examples.labels).reduce((total, label, at) => {
      const row = Array.from(logits.subarray(3 * at, 3 * at + 3));
      return total + Math.log(row.reduce((sum, each) => sum + Math.exp(each), 0)) - row[label];
    }, 0);
  };
  const { images } = subject.examples;
  expect(await loss(withPerturbation(images, delta))).toBeGreaterThan((await loss(images)) + 0.1);
  const round = await universalPerturbation(model, subject.examples, { ...options, norm: 'l2' });
  expect(Math.hypot(...round)).toBeLessThan(0.2 + 1e-6);
  await expect(universalPerturbation(model, subject.examples, { ...options, norm: 'l1' })).rejects.toThrow(
    /use an attack in L-infinity or L2/,
  );
});

test('where it enters, the universal perturbation is common and noise is not', async () => {
  const before = subject.values();
  const done: number[] = [];
  const found = await shift({
    ...subject,
    examples: { ...tinyExamples(120), images: tinyExamples(120).images.map((value) => 0.2 + 0.6 * value) },
    attack: namedAttack('pgd-2', epsilon),
    batchSize: 30,
    onProgress: (progress) => done.push(progress.done / progress.total),
  });
  expect(subject.values()).toEqual(before);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(1);
  expect(found.map(({ ap, perturbation }) => `${ap.affine} ${perturbation}`)).toEqual([
    ...['clean adv', 'clean universal', 'clean noise', 'adv adv', 'adv universal', 'adv noise'],
  ]);
  for (const { perturbation, layers } of found) {
    const [first] = layers;
    // No image is clipped, so that the first convolution gives all the same shift.
    if (perturbation === 'universal') expect(first.positionCommonShare).toBeCloseTo(1, 4);
    if (perturbation === 'universal') expect(first.commonShare).toBeCloseTo(1, 4);
    if (perturbation === 'noise') expect(Math.abs(first.positionCommonShare)).toBeLessThan(0.03);
  }
});

test('fewer than two batches are refused', async () => {
  const asked = { ...subject, attack: namedAttack('pgd-2', epsilon), batchSize: 8 };
  await expect(shift(asked)).rejects.toThrow(/at least two batches of 8 images; there are 12/);
});

import { beforeAll, describe, expect, test } from 'vitest';
import { attack, namedAttack } from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';
import { images as batches, layer, statisticsOf } from '../../nn/testing/one-layer.ts';
import { batchStatistics } from '../batch-statistics.ts';
import { type Measures, measure } from '../measures.ts';
import { type Subject, tinySubject } from '../testing/subject.ts';
import { type Gap, gap, gapDistances } from './gap.ts';

const attackOptions = namedAttack('pgd-2', 8 / 255);
const options = { batchSize: 4, attack: attackOptions, seed: 5 };

let subject: Subject;
let found: Gap;
beforeAll(async () => {
  subject = await tinySubject(9);
  const before = subject.values();
  found = await gap({ ...subject, ...options });
  expect(subject.values()).toEqual(before);
});

const averages = (distances: Gap['branches'][number]['distances']) =>
  Object.fromEntries(distances.map(({ pair, statistic, average }) => [`${statistic} ${pair}`, average]));

test('is of whole batches, through every AP', () => {
  const { batchSize, batches: count, branches } = found;
  expect({ batchSize, count }).toEqual({ batchSize: 4, count: 2 });
  expect(branches.map(({ ap, runningStatistics }) => [ap.affine, runningStatistics])).toEqual([
    ['clean', 'clean'],
    ['adv', 'adv'],
  ]);
});

test('compares the statistics of batches with those of the same images attacked', async () => {
  const { engine, network, examples } = subject;
  const [, adv] = found.branches;
  const cell = { statistics: 'adv', affine: 'adv' };
  const { adversarial } = await attack({ engine, network, cell }, attackOptions, { seed: 5 })(examples);
  const statistics = batchStatistics({ engine, network, ap: { affine: 'adv' } }, 4);
  const expected: Measures[][] = [];
  for (const batch of [0, 1]) {
    const part = (images: Float32Array) => statistics(images.subarray(64 * batch, 64 * (batch + 1)));
    const clean = await part(examples.images);
    const attacked = await part(adversarial);
    expected.push(clean.map((ns, at) => measure(attacked[at].mean, ns.mean)));
  }
  const mu = adv.distances.find(({ pair, statistic }) => pair === 'adv-clean' && statistic === 'mu');
  mu?.layers.forEach(({ layer: name, distance, wasserstein }, at) => {
    expect(name).toBe(adv.batches[0].clean[at].layer);
    expect(distance.value).toBeCloseTo((expected[0][at].distance + expected[1][at].distance) / 2, 12);
    expect(wasserstein.value).toBeCloseTo(
      (expected[0][at].wasserstein + expected[1][at].wasserstein) / 2,
      12,
    );
    const [low, high] = distance.interval;
    expect(low).toBeLessThanOrEqual(distance.value);
    expect(high).toBeGreaterThanOrEqual(distance.value);
  });
  expect(mu?.layers).toHaveLength(9);
});

describe('known answers', () => {
  const examplesOf = (...parts: Float32Array[]) => {
    const pixels = Float32Array.from(parts.flatMap((part) => [...part]));
    return { images: pixels, labels: new Array<number>(pixels.length / 30).fill(0) };
  };
  const unit = batches.adv.map((value) => value / 5);
  const { engine, network } = layer(['shared'], ['shared']);
  const cell = { statistics: 'shared', affine: 'shared' };
  const common = { engine, network, evaluationCells: { clean: cell, robust: cell }, batchSize: 2 };

  test('without a perturbation there is no gap, and equal batches have none either', async () => {
    const still = { ...namedAttack('noise', 0) };
    const { branches } = await gap({ ...common, examples: examplesOf(unit, unit), attack: still });
    const between = branches[0].distances.filter(({ pair }) => !pair.endsWith('running'));
    expect(between).toHaveLength(6);
    for (const { average } of between) {
      expect(average.distance).toEqual({ value: 0, interval: [0, 0] });
      expect(average.wasserstein).toEqual({ value: 0, interval: [0, 0] });
      expect(average.cosine.value).toBeCloseTo(1, 12);
      expect(average.scaled.value).toBe(0);
    }
  });

  test('an input shifted by a constant has a gap of mu of exactly that, and none of sigma', async () => {
    const shifted = unit.map((value) => 0.75 * value + 0.25);
    const scaled = unit.map((value) => 0.75 * value);
    const of = batchStatistics({ engine, network, ap: { affine: 'shared' } }, 2);
    const [clean, adv] = [await of(scaled), await of(shifted)];
    const distances = averages(
      gapDistances([0, 1].map(() => ({ clean, adv, noise: clean, 'clean-2': adv, running: clean }))),
    );
    for (const pair of ['adv-clean', 'clean-clean']) {
      expect(distances[`mu ${pair}`].distance.value).toBeCloseTo(0.25, 6);
      expect(distances[`mu ${pair}`].wasserstein.value).toBeCloseTo(0.25, 6);
      expect(distances[`sigma ${pair}`].distance.value).toBeCloseTo(0, 6);
    }
    expect(distances['mu noise-clean'].distance.value).toBe(0);
    // In units of the spread of each channel.
    const [first, second] = clean[0].variance.map((variance) => 0.25 / Math.sqrt(variance + 1e-5));
    expect(distances['mu adv-clean'].scaled.value).toBeCloseTo((first + second) / 2, 4);
    expect(distances['mu adv-running'].unbiased?.value).toBeCloseTo(
      Math.hypot(first, second) / Math.SQRT2,
      4,
    );
    expect(distances['mu noise-running'].unbiased?.value).toBe(0);
    // Two batches make one pair of different clean images.
    expect(distances['mu clean-clean'].unbiased).toBeUndefined();
  });

  test('sigma is the standard deviation', async () => {
    const half = unit.map((value) => value / 2);
    const { variance } = statisticsOf(unit);
    const { branches } = await gap({
      ...common,
      examples: examplesOf(unit, half),
      attack: namedAttack('noise', 0),
    });
    // Half the values have half the deviation.
    const expected = (Math.sqrt(variance[0]) / 2 + Math.sqrt(variance[1]) / 2) / 2;
    expect(averages(branches[0].distances)['sigma clean-clean'].distance.value).toBeCloseTo(expected, 6);
  });
});

test('compares batches with the running NS of the branch', () => {
  const { network, engine } = subject;
  for (const { runningStatistics, batches, distances } of found.branches) {
    const [running] = batches.map((each) => each.running);
    const variable = network.variables.find(
      ({ name, branch }) => branch === runningStatistics && name.endsWith('running_mean'),
    );
    expect(variable && [...running[0].mean]).toEqual(variable && [...engine.read(variable)]);
    const mu = distances.find(({ pair, statistic }) => pair === 'clean-running' && statistic === 'mu');
    const by = batches.map(({ clean }) => measure(clean[0].mean, running[0].mean).wasserstein);
    expect(mu?.layers[0].wasserstein.value).toBeCloseTo((by[0] + by[1]) / 2, 12);
    expect(mu?.average.unbiased?.value).toEqual(expect.any(Number));
  }
});

test('one batch has no yardstick', async () => {
  await expect(gap({ ...subject, ...options, batchSize: 8 })).rejects.toThrow(InputError);
  await expect(gap({ ...subject, ...options, batchSize: 8 })).rejects.toThrow('two batches of 8');
});

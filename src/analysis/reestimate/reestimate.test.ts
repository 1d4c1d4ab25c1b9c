import { beforeAll, describe, expect, test } from 'vitest';
import { attack, namedAttack } from '../../attacks/index.ts';
import { tinyExamples } from '../../attacks/testing/tiny.ts';
import { InputError } from '../../errors.ts';
import { evaluateGrid } from '../../evaluation/index.ts';
import { uniforms } from '../../random/index.ts';
import { batchStatistics, mergeStatistics } from '../batch-statistics.ts';
import { placeOf, variablesOf } from '../branches.ts';
import type { AnalysisProgress } from '../definition.ts';
import { type Subject, tinySubject } from '../testing/subject.ts';
import { type Reestimation, reestimate } from './reestimate.ts';

const training = tinyExamples(11);
const epsilon = 8 / 255;
const options = { attacks: ['pgd-2'], epsilon, seed: 5 };
const estimation = { training, batchSize: 5, attack: namedAttack('pgd-1', epsilon) };

let subject: Subject;
let found: Reestimation;
let before: readonly Float64Array[];
const told: AnalysisProgress[] = [];
beforeAll(async () => {
  subject = await tinySubject();
  before = subject.values();
  const target = subject.examples.images;
  const onProgress = (progress: AnalysisProgress) => told.push(progress);
  found = await reestimate({ ...subject, ...options, estimation: { ...estimation, target }, onProgress });
});

const rowOf = (source: string, affine: string) => {
  const row = found.reestimated.find((each) => each.source === source && each.ap.affine === affine);
  if (!row) throw new Error(`no ${source} ${affine}`);
  return row;
};

/** NS through an AP of batches of five, merged: what re-estimating comes down to. */
async function statisticsThrough(affine: string, images: Float32Array) {
  const of = batchStatistics({ ...subject, ap: { affine } }, 5);
  return mergeStatistics([await of(images.subarray(0, 80)), await of(images.subarray(80, 160))]);
}

test('progress never falls, and ends at the total', () => {
  const done = told.map((progress) => progress.done);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  const { total } = told[0];
  expect(done.at(-1)).toBe(total);
});

test('moves nothing, and estimates from whole batches', () => {
  expect(subject.values()).toEqual(before);
  expect(found.estimation).toEqual({ images: 10, batchSize: 5, attack: estimation.attack });
});

test('the raw grid is that of an evaluation', async () => {
  const { cells } = await evaluateGrid({ ...subject, ...options });
  expect(found.raw.cells).toEqual(cells);
});

describe('NS_x^y are the statistics of samples x through AP y', () => {
  test.each(['clean', 'adv'])('clean through %s', async (affine) => {
    expect(rowOf('clean', affine).statistics).toEqual(await statisticsThrough(affine, training.images));
  });

  test('noise is uniform in the ball and clipped, by index', async () => {
    const noisy = training.images.slice();
    const noise = new Float32Array(16);
    Array.from(training.indices).forEach((example, at) => {
      uniforms({ seed: 5, purpose: 'noise', example }, noise, -epsilon, epsilon);
      for (let i = 0; i < 16; i += 1) {
        const value = Math.fround(noisy[16 * at + i] + noise[i]);
        noisy[16 * at + i] = value < 0 ? 0 : value > 1 ? 1 : value;
      }
    });
    const expected = await statisticsThrough('adv', noisy);
    rowOf('noise', 'adv').statistics.forEach(({ mean }, at) => {
      mean.forEach((value, c) => {
        expect(value).toBeCloseTo(expected[at].mean[c], 6);
      });
    });
  });

  test.each(['clean', 'adv'])(
    'adversarial through %s: attacked through its own running NS',
    async (affine) => {
      const cell = { statistics: affine, affine };
      const { adversarial } = await attack({ ...subject, cell }, estimation.attack, { seed: 5 })(training);
      expect(rowOf('adv', affine).statistics).toEqual(await statisticsThrough(affine, adversarial));
      const mixed = training.images.map((value, at) => (Math.floor(at / 16) % 2 ? adversarial[at] : value));
      expect(rowOf('mixed', affine).statistics).toEqual(await statisticsThrough(affine, mixed));
      expect(rowOf('adv', affine).runningStatistics).toBe(affine);
    },
  );

  test('target is the images that were given, in whole batches', async () => {
    const of = batchStatistics({ ...subject, ap: { affine: 'adv' } }, 5);
    expect(rowOf('target', 'adv').statistics).toEqual([
      ...mergeStatistics([await of(subject.examples.images.subarray(0, 80))]),
    ]);
  });
});

test('each is evaluated with these statistics in the place of running NS, attacked through itself', async () => {
  const { reestimated } = found;
  expect(reestimated.map(({ source, ap }) => `${source} ${ap.affine}`)).toEqual(
    ['clean', 'adv'].flatMap((y) => ['clean', 'adv', 'noise', 'mixed', 'target'].map((x) => `${x} ${y}`)),
  );
  for (const { ap, runningStatistics, statistics, evaluation } of reestimated) {
    // The same by hand: a network of its own, whose running NS are overwritten.
    const other = await tinySubject();
    for (const variable of variablesOf(other.network, 'statistics', runningStatistics)) {
      const { layer, what } = placeOf(variable);
      const of = statistics.find((each) => each.layer === layer);
      if (!of) throw new Error(`no ${layer}`);
      other.engine.write(variable, what === 'running_mean' ? of.mean : of.variance);
    }
    const cell = { statistics: runningStatistics, ...ap };
    const { cells } = await evaluateGrid({ ...other, ...options, cells: [cell] });
    expect(evaluation.cells[0].clean).toEqual(cells[0].clean);
    expect(evaluation.cells[0].robust).toEqual(cells[0].robust);
  }
});

test('a network of one NS and one AP has one branch; sources may be chosen', async () => {
  const cells = { statistics: 'adv', affine: 'adv' };
  const single = { ...subject.network, sets: { statistics: ['adv', 'clean'], affine: ['adv'] } };
  const { reestimated } = await reestimate({
    ...subject,
    network: single,
    evaluationCells: { clean: cells, robust: cells },
    ...options,
    estimation,
    sources: ['clean'],
  });
  expect(
    reestimated.map(({ source, ap, runningStatistics }) => [source, ap.affine, runningStatistics]),
  ).toEqual([['clean', 'adv', 'adv']]);
});

test('an abort ends it, and nothing has moved', async () => {
  for (const at of [1, 4, 9]) {
    const controller = new AbortController();
    let reports = 0;
    const onProgress = () => {
      reports += 1;
      if (reports === at) controller.abort(new Error('enough'));
    };
    const running = reestimate({ ...subject, ...options, estimation, onProgress, signal: controller.signal });
    await expect(running).rejects.toThrow('enough');
    expect(subject.values()).toEqual(before);
  }
});

test('too few images are refused', async () => {
  const none = { ...estimation, training: { images: new Float32Array(), labels: [] } };
  await expect(reestimate({ ...subject, ...options, estimation: none })).rejects.toThrow(InputError);
});

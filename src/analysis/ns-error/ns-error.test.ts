import { beforeAll, describe, expect, test } from 'vitest';
import { namedAttack } from '../../attacks/index.ts';
import { tinyExamples } from '../../attacks/testing/tiny.ts';
import { evaluateGrid } from '../../evaluation/index.ts';
import { gridOf, makeNetwork } from '../../nn/index.ts';
import { batchStatistics, mergeStatistics, mixtureStatistics } from '../batch-statistics.ts';
import { variablesOf } from '../branches.ts';
import type { AnalysisProgress } from '../definition.ts';
import { attackedSamples } from '../images.ts';
import { evaluationCells, type Subject, tinySubject } from '../testing/subject.ts';
import { batchErrors, statisticsErrors } from './errors.ts';
import { type NsError, nsError, ownCells } from './ns-error.ts';

const training = tinyExamples(13);
const epsilon = 8 / 255;
const attack = namedAttack('pgd-1', epsilon);
const settings = { attacks: ['pgd-2'], epsilon, seed: 5 };
const options = { ...settings, training, statisticsBatch: 4, attack };
// Twelve of the images, in batches of four, of sixteen pixels each.
const used = training.images.subarray(0, 12 * 16);
const batch = (images: Float32Array, at: number, from = 0, count = 4) =>
  images.subarray((4 * at + from) * 16, (4 * at + from + count) * 16);

let subject: Subject;
let found: NsError;
let before: readonly Float64Array[];
const adversarial: Record<string, Float32Array> = {};
const told: AnalysisProgress[] = [];
beforeAll(async () => {
  subject = await tinySubject();
  before = subject.values();
  found = await nsError({ ...subject, ...options, onProgress: (progress) => told.push(progress) });
  const [labels, indices] = [training.labels, training.indices].map((all) => Array.from(all).slice(0, 12));
  const examples = { images: used, labels, indices };
  for (const branch of ['clean', 'adv']) {
    const model = { ...subject, cell: { statistics: branch, affine: branch } };
    adversarial[branch] = await attackedSamples(model, examples, { attack, seed: 5, batchSize: 4 });
  }
});

const through = async (affine: string, images: Float32Array) => {
  const of = batchStatistics({ ...subject, ap: { affine } }, 4);
  return [await of(batch(images, 0)), await of(batch(images, 1)), await of(batch(images, 2))];
};
const mixed = async (size: number, parts: (at: number) => Float32Array[]) => {
  const of = mixtureStatistics({ ...subject, parts: [{ affine: 'clean' }, { affine: 'adv' }] }, size);
  return [await of(parts(0)), await of(parts(1)), await of(parts(2))];
};
const preciseOf = (affine: string, source: string) => {
  const cell = found.cells.find((each) => each.cell.affine === affine);
  const precise = cell?.precise.find((each) => each.source === source);
  if (!precise) throw new Error(`no ${affine} ${source}`);
  return precise;
};
const batchErrorOf = (source: string, affine: string) => {
  const error = found.batches.find((each) => each.source === source && each.through[0].affine === affine);
  if (!error) throw new Error(`no ${source} ${affine}`);
  return error;
};

test('moves nothing, takes whole batches, and its progress ends at the total', () => {
  expect(subject.values()).toEqual(before);
  expect(found.estimation).toEqual({ images: 12, batchSize: 4, batches: 3 });
  const done = told.map((progress) => progress.done);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(told[0].total);
});

describe.each(['clean', 'adv'])('the cell of %s', (branch) => {
  test('is compared with NS of clean images and of those attacked through it, through its AP', async () => {
    for (const [source, images] of [
      ['clean', used],
      ['adv', adversarial[branch]],
    ] as const) {
      const expected = mergeStatistics(await through(branch, images));
      expect(preciseOf(branch, source).statistics).toEqual(expected);
    }
  });

  test('the error is that of its running NS', async () => {
    for (const source of ['clean', 'adv', 'mixture']) {
      const { statistics, error } = preciseOf(branch, source);
      const running = statistics.map(({ layer }) => {
        const value = (what: string) => {
          const variable = variablesOf(subject.network, 'statistics', branch).find(
            ({ name }) => name === `${layer}.${branch}.${what}`,
          );
          if (!variable) throw new Error(`no ${layer} ${what}`);
          return Float64Array.from(subject.engine.read(variable));
        };
        return { layer, mean: value('running_mean'), variance: value('running_var') };
      });
      expect(error).toEqual(statisticsErrors(running, statistics));
      expect(error.mu).toBeGreaterThan(0);
    }
  });

  test('is evaluated as it is, and with precise NS', async () => {
    const cell = { statistics: branch, affine: branch };
    const own = found.cells.find((each) => each.cell.affine === branch);
    const raw = await evaluateGrid({ ...subject, ...settings, cells: [cell] });
    expect(own?.evaluation.cells).toEqual(raw.cells);
    const other = await tinySubject();
    const { statistics, evaluation } = preciseOf(branch, 'mixture');
    for (const variable of variablesOf(other.network, 'statistics', branch)) {
      const of = statistics.find(({ layer }) => variable.name.startsWith(`${layer}.`));
      if (!of) throw new Error(`no statistics for ${variable.name}`);
      other.engine.write(variable, variable.name.endsWith('mean') ? of.mean : of.variance);
    }
    const written = await evaluateGrid({ ...other, ...settings, cells: [cell] });
    expect(evaluation.cells[0].clean).toEqual(written.cells[0].clean);
    expect(evaluation.cells[0].robust).toEqual(written.cells[0].robust);
  });

  test('one batch through its AP', async () => {
    const batches = await through(branch, adversarial[branch]);
    const { images, error } = batchErrorOf('adv', branch);
    expect(images).toBe(4);
    expect(error).toEqual(batchErrors(batches, mergeStatistics(batches)));
  });
});

test('mixtures go through both AP, clean images and those attacked through the robust cell', async () => {
  const pairs = await mixed(4, (at) => [batch(used, at), batch(adversarial.adv, at)]);
  const all = mergeStatistics(pairs);
  expect(preciseOf('clean', 'mixture').statistics).toEqual(all);
  expect(preciseOf('adv', 'mixture').statistics).toEqual(all);
  expect(batchErrorOf('pairs', 'clean')).toMatchObject({ images: 8, error: batchErrors(pairs, all) });
  // As many images as a batch of one kind has, all different: the first half clean, the second attacked.
  const halves = await mixed(2, (at) => [batch(used, at, 0, 2), batch(adversarial.adv, at, 2, 2)]);
  expect(batchErrorOf('mixture', 'clean')).toMatchObject({ images: 4, error: batchErrors(halves, all) });
});

describe('the cells', () => {
  const cellsOf = (statistics: readonly string[], affine: readonly string[], cells = evaluationCells) => {
    const images = { channels: 1, height: 4, width: 4 };
    const network = makeNetwork('resnet8', { images, classes: 3, width: 2, sets: { statistics, affine } });
    return ownCells(network, cells).map((cell) => `${cell.statistics}/${cell.affine}`);
  };
  const cell = (statistics: string, affine: string) => ({ statistics, affine });

  test('are those evaluated, each once, and of every further AP its own', () => {
    expect(cellsOf(['clean', 'adv'], ['clean', 'adv'])).toEqual(['clean/clean', 'adv/adv']);
    const one = cell('shared', 'shared');
    expect(cellsOf(['shared'], ['shared'], { clean: one, robust: one })).toEqual(['shared/shared']);
    const dualNs = { clean: cell('clean', 'shared'), robust: cell('adv', 'shared') };
    expect(cellsOf(['clean', 'adv'], ['shared'], dualNs)).toEqual(['clean/shared', 'adv/shared']);
    const three = ['clean', 'adv', 'noise'];
    expect(cellsOf(three, three)).toEqual(['clean/clean', 'adv/adv', 'noise/noise']);
  });

  test('a network of one NS and AP has one, whose mixture is that of one AP', async () => {
    const single = { ...subject.network, sets: { statistics: ['adv', 'clean'], affine: ['adv'] } };
    const only = { statistics: 'adv', affine: 'adv' };
    const cells = { clean: only, robust: only };
    const { batches, ...rest } = await nsError({
      ...subject,
      network: single,
      evaluationCells: cells,
      ...options,
    });
    expect(rest.cells.map((each) => each.cell)).toEqual([only]);
    expect(batches.map(({ source }) => source)).toEqual(['clean', 'adv', 'mixture', 'pairs']);
  });
});

test('asks for two batches, for NS, and ends when it is told to', async () => {
  await expect(nsError({ ...subject, ...options, statisticsBatch: 8 })).rejects.toThrow(
    'needs at least two batches of 8 training images',
  );
  const without = { ...subject.network, variables: gridOf(subject.network).flatMap(() => []) };
  await expect(nsError({ ...subject, ...options, network: without })).rejects.toThrow(
    'no normalization statistics',
  );
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error('enough'));
  await expect(nsError({ ...subject, ...options, onProgress, signal: controller.signal })).rejects.toThrow(
    'enough',
  );
  expect(subject.values()).toEqual(before);
});

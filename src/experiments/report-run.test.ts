import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveConfiguration } from '../configuration/index.ts';
import { loadDataset } from '../data/index.ts';
import type { EvaluationDocument } from '../evaluation/index.ts';
import { testSubject } from '../evaluation/testing/subject.ts';
import { sealDocument } from '../files/index.ts';
import { createRun, describeEnvironment, openMetrics, type Run, writeEvaluation } from '../runs/index.ts';
import { reportRun, reportRuns } from './report-run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-report-run-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function makeRun(name: string, checksum = 'none'): Promise<Run> {
  const resolved = resolveConfiguration({ preset: 'tiny', overrides: ['seed=7', 'attack.epsilon=25/255'] });
  const data = { name: 'mnist', checksum, images: 1200 };
  const environment = await describeEnvironment({ name: 'reference', version: '1' }, data);
  return createRun({ directory: join(folder, name), resolved, environment });
}

const cell = { statistics: 'adv', affine: 'clean' };
const evaluation: EvaluationDocument = {
  document: 'evaluation',
  version: 2,
  created: '2026-01-01T00:00:00.000Z',
  subject: { ...testSubject, run: 'run', dataset: { name: 'mnist', checksum: 'none' } },
  request: {
    attacks: {},
    norm: 'linf',
    epsilon: { text: '25/255', value: 25 / 255 },
    seed: 7,
    cells: [cell],
    examples: { count: 100, indices: '0-99' },
  },
  grid: [
    {
      ...cell,
      clean: 0.5,
      cleanInterval: [0.4, 0.6],
      robust: { 'pgd-5': 0.1 },
      robustInterval: { 'pgd-5': [0.05, 0.2] },
    },
  ],
  failedChecks: [{ rule: 'at-chance', ...cell, message: 'guessing would do as well' }],
  outcomes: { grid: [] },
};

describe('reportRun', () => {
  test('of a run that has just begun says what it is to be', async () => {
    const run = await reportRun(await makeRun('begun'), { environment: {} });
    expect(run).toMatchObject({ name: 'begun', epochs: [] });
    expect(run).toMatchObject({ regime: 'dual-bn', seed: 7, evaluations: [], analyses: [], problems: [] });
    expect(run.summary).toMatchObject({
      regime: 'dual-bn',
      network: 'resnet8, width 4',
      'training images': 1000,
      'validation images': 100,
      epochs: '0 of 2',
      'training attack': 'PGD-2, L-infinity ε\u00a0=\u00a025/255',
      seed: 7,
      engine: 'reference 1',
    });
    expect(run.configuration).toContain('epsilon: 25/255');
  });

  test('has an epoch for each epoch record, counted from 1, numbers that JSON lacks too', async () => {
    const run = await makeRun('trained');
    const log = openMetrics(run.paths.metrics, 0);
    const passes = {
      'train.clean.loss': 2,
      'train.clean.accuracy': 0.3,
      'train.adv.loss': 2.2,
      'train.adv.accuracy': 0.2,
    };
    log.append({ kind: 'step', epoch: 0, step: 1, loss: 2.5 });
    log.append({ kind: 'epoch', epoch: 0, step: 10, learningRate: 0.1, 'train.loss': Number.NaN, ...passes });
    log.append({
      kind: 'epoch',
      epoch: 1,
      step: 20,
      learningRate: 0.1,
      'train.loss': 2,
      ...passes,
      'validation.clean': 0.4,
      'validation.robust': 0.3,
    });
    log.close();
    const { epochs, summary } = await reportRun(run, { environment: {} });
    const train = { passes: { clean: { loss: 2, accuracy: 0.3 }, adv: { loss: 2.2, accuracy: 0.2 } } };
    expect(epochs).toEqual([
      { epoch: 1, learningRate: 0.1, train: { loss: Number.NaN, ...train } },
      { epoch: 2, learningRate: 0.1, train: { loss: 2, ...train }, validation: { clean: 0.4, robust: 0.3 } },
    ]);
    expect(summary.epochs).toBe(2);
  });

  test('has the distances that training recorded, by quantity and pair', async () => {
    const run = await makeRun('probed');
    const log = openMetrics(run.paths.metrics, 0);
    log.append({
      kind: 'gap',
      epoch: 0,
      step: 5,
      'mu.adv-clean.distance': 0.3,
      'mu.adv-clean.wasserstein': 0.2,
      'gamma.branches.clean-adv.wasserstein': 0.1,
      'gamma.branches.clean-adv.cosine': 0.9,
    });
    log.close();
    const { gaps } = await reportRun(run, { environment: {} });
    expect(gaps).toEqual([
      { step: 5, between: 'samples', quantity: 'mu', pair: 'adv-clean', wasserstein: 0.2 },
      { step: 5, between: 'branches', quantity: 'gamma', pair: 'clean-adv', wasserstein: 0.1 },
    ]);
  });

  test('has every evaluation, the latest last', async () => {
    const run = await makeRun('evaluated');
    const later = { ...evaluation, created: '2026-01-02T00:00:00.000Z' };
    await writeEvaluation(run, 'last-linf-25-255', sealDocument(later));
    const fewer = { ...evaluation.request, examples: { count: 50, indices: '0-49' } };
    await writeEvaluation(run, 'last-linf-25-255', sealDocument({ ...evaluation, request: fewer }));
    const { evaluations, summary } = await reportRun(run, { environment: {} });
    expect(evaluations.map(({ name, examples }) => [name, examples])).toEqual([
      ['last-linf-25-255-2', 50],
      ['last-linf-25-255', 100],
    ]);
    expect(evaluations[1]).toMatchObject({
      checkpoint: 'last',
      epsilon: '25/255',
      size: 25 / 255,
      norm: 'L-infinity',
      grid: [
        {
          ...cell,
          clean: { value: 0.5, interval: [0.4, 0.6] },
          robust: { 'pgd-5': { value: 0.1, interval: [0.05, 0.2] } },
        },
      ],
      failedChecks: ['NS adv, AP clean: guessing would do as well'],
    });
    expect(summary).toMatchObject({ 'test images': 100 });
  });

  test('goes without a file that is damaged, and names it', async () => {
    const run = await makeRun('damaged');
    const altered = { ...sealDocument(evaluation), failedChecks: [] };
    const path = await writeEvaluation(run, 'last', altered);
    const old = join(run.paths.evaluations, 'old.json');
    await writeFile(old, JSON.stringify({ run: 'damaged', epsilon: '8/255' }));
    await mkdir(join(run.directory, 'analyses'));
    await writeFile(join(run.directory, 'analyses', 'gap.json'), 'no JSON');
    const { evaluations, analyses, problems } = await reportRun(run, { environment: {} });
    expect({ evaluations, analyses }).toEqual({ evaluations: [], analyses: [] });
    expect(problems).toEqual([
      expect.stringContaining(`${path} is damaged`),
      expect.stringMatching(new RegExp(`${old} .*evaluate again`)),
      expect.stringContaining('gap.json is damaged: it is not JSON'),
    ]);
  });

  test('knows runs that differ in nothing but the seed', async () => {
    const resolved = (seed: number, more: string[] = []) =>
      resolveConfiguration({ preset: 'tiny', overrides: [`seed=${seed}`, ...more] });
    const environment = await describeEnvironment(
      { name: 'reference', version: '1' },
      { name: 'mnist', checksum: 'none', images: 1200 },
    );
    const make = (name: string, seed: number, more: string[] = []) =>
      createRun({ directory: join(folder, name), resolved: resolved(seed, more), environment });
    const runs = [await make('one', 1), await make('two', 2), await make('three', 1, ['epochs=1'])];
    const [one, two, three] = (await reportRuns(runs, { environment: {} })).map(({ recipe }) => recipe);
    expect(one).toBe(two);
    expect(one).not.toBe(three);
  });

  test('says which copy of the data it was, and that it is not known without the files', async () => {
    const { checksum } = await loadDataset('mnist', 'train');
    const directory = join(folder, 'empty');
    const [same, another] = [await makeRun('same', checksum), await makeRun('another', 'sha256:00')];
    const here = await reportRuns([same, another], { environment: {} });
    expect(here[0].summary['data set']).toMatch(
      /^mnist \((official copy|other copy than the official one)\)$/,
    );
    expect(here[1].summary['data set']).toBe('mnist (not the copy that is here)');
    await expect(reportRun(same, { environment: { DUALBN_DATA: directory } })).resolves.toMatchObject({
      summary: { 'data set': expect.stringContaining('not known') },
    });
  });

  test('names runs by their paths where their last parts are the same', async () => {
    const [a, b] = [await makeRun('a/run'), await makeRun('b/run')];
    const names = (await reportRuns([a, b], { environment: {} })).map(({ name }) => name);
    expect(names).toEqual([join(folder, 'a/run'), join(folder, 'b/run')]);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationHash, resolveConfiguration } from '../configuration/index.ts';
import { syntheticDataset } from '../data/testing/fixtures.ts';
import { createReferenceEngine } from '../engines/index.ts';
import {
  checkpointPath,
  createRun,
  describeEnvironment,
  type MetricRecord,
  readCheckpoint,
  readMetrics,
  trainingSetup,
  trainRun,
} from '../runs/index.ts';
import { gapCallback } from './training-session.ts';

const dataset = syntheticDataset(20, { classes: 2, height: 4, width: 4 });
const configured = (...overrides: string[]) =>
  resolveConfiguration({
    preset: 'tiny',
    overrides: [
      'data.trainExamples=12',
      'data.validationExamples=6',
      'network.width=1',
      'batchSize=4',
      'attack.steps=1',
      'validation.attack=pgd-1',
      ...overrides,
    ],
  });

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dualbn-gap-'));
});
afterAll(() => rm(root, { recursive: true }));

/** What a training leaves: every variable, the optimizer's included, and the records. */
async function trained(name: string, ...overrides: string[]) {
  const resolved = configured(...overrides);
  const environment = await describeEnvironment({ name: 'reference' }, { name: dataset.name });
  const run = await createRun({ root, name, resolved, environment });
  const setup = trainingSetup(resolved.configuration, dataset);
  const gap = gapCallback(resolved.configuration, setup);
  await trainRun(
    { run, setup, engine: createReferenceEngine(), callbacks: gap ? [gap] : [] },
    { resume: false },
  );
  const records: MetricRecord[] = [];
  for await (const record of readMetrics(run.paths.metrics)) records.push({ ...record, seconds: 0 });
  const { tensors } = await readCheckpoint(checkpointPath(run.directory, 'last'));
  return { tensors, records };
}

describe('the domain gap during training', () => {
  it('is recorded every so many steps, and changes no bit of the training', async () => {
    const without = await trained('without');
    const observed = await trained('with', 'analysis={gapEverySteps: 2, gapBatchSize: 3}');
    expect(observed.tensors).toEqual(without.tensors);
    const gaps = observed.records.filter(({ kind }) => kind === 'gap');
    expect(gaps.map(({ step, epoch }) => [step, epoch])).toEqual([
      [2, 0],
      [4, 1],
      [6, 1],
    ]);
    expect(observed.records.filter(({ kind }) => kind !== 'gap')).toEqual(without.records);

    // 2 statistics of 3 pairs, and 4 quantities of one pair of branches, by 3 measures each.
    const [{ kind: _, epoch: __, step: ___, seconds: ____, ...first }, second] = gaps;
    expect(Object.keys(first)).toHaveLength((2 * 3 + 4) * 3);
    const mu = ['adv-clean', 'noise-clean', 'clean-clean'].map((pair) => first[`mu.${pair}.wasserstein`]);
    for (const value of mu) expect(value).toBeGreaterThan(0);
    expect(first['mu.adv-clean.wasserstein']).toBeLessThanOrEqual(Number(first['mu.adv-clean.distance']));
    expect(first['gamma.branches.clean-adv.cosine']).toBeGreaterThan(0.9);
    expect(second['mu.adv-clean.distance']).not.toBe(first['mu.adv-clean.distance']);
  });

  it('is no part of what a run is', () => {
    const hash = (...overrides: string[]) => configurationHash(configured(...overrides).configuration);
    expect(hash('analysis.gapEverySteps=10')).toBe(hash());
  });

  it.each([
    [
      'more images than there are',
      ['analysis={gapEverySteps: 1, gapBatchSize: 7}'],
      /two batches of 7.*are 12/,
    ],
    [
      'a network without NS',
      [
        'regime.name=madry',
        'network.normalization={kind: group, groups: 1}',
        'analysis={gapEverySteps: 1, gapBatchSize: 2}',
      ],
      /no normalization statistics/,
    ],
  ])('%s: refused before a run is made', (_, overrides, message) => {
    const { configuration } = configured(...overrides);
    const setup = trainingSetup(configuration, dataset);
    expect(() => gapCallback(configuration, setup)).toThrow(message);
  });
});

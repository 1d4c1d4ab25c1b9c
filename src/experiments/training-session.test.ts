import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reestimateAnalysis } from '../analysis/index.ts';
import { resolveConfiguration } from '../configuration/index.ts';
import { syntheticDataset } from '../data/testing/fixtures.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { type Datasets, loadTrained, openRun, type Run, subjectOf, trainRun } from '../runs/index.ts';
import { analyzeRun } from './analyze-run.ts';
import { evaluateRun, planEvaluation } from './evaluate-run.ts';
import { reportRun } from './report-run.ts';
import { beginRun, openSession, resumeSession } from './training-session.ts';

const train = syntheticDataset(20, { classes: 2, height: 4, width: 4 });
const test = {
  ...syntheticDataset(8, { classes: 2, height: 4, width: 4 }),
  split: 'test',
  checksum: 'of the test',
} as const;
const datasets: Datasets = { train, test };

const resolved = resolveConfiguration({
  preset: 'tiny',
  overrides: [
    ...['data.dataset=synthetic', 'data.trainExamples=12', 'data.validationExamples=6', 'batchSize=4'],
    ...['network.width=1', 'attack.steps=1', 'validation.attack=pgd-1', 'engine.name=reference', 'epochs=1'],
    ...['evaluation.examples=8', 'evaluation.attacks=[pgd-1]'],
  ],
});

let root: string;
let run: Run;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dualbn-memory-'));
  const session = await openSession(resolved.configuration, { datasets });
  run = await beginRun(session, resolved, join(root, 'run'));
  await trainRun({ run, ...session }, { resume: false });
});
afterAll(() => rm(root, { recursive: true }));

describe('a run of data from memory', () => {
  const engine = createReferenceEngine();
  const plan = planEvaluation(resolved.configuration, {});

  it('records their name and checksums', () => {
    expect(openRun(run.directory).environment.data).toEqual({
      name: 'synthetic',
      checksum: train.checksum,
      images: 20,
      inMemory: true,
      testChecksum: 'of the test',
    });
  });

  it('is evaluated, analyzed, resumed and reported with the same data', async () => {
    const { document } = await evaluateRun(run, engine, plan, { datasets });
    expect(document).toMatchObject({
      subject: { dataset: { name: 'synthetic', checksum: 'of the test' } },
      request: { examples: { count: 8 } },
    });
    const options = { attack: 'pgd-1', images: 12, statisticsBatch: 4, sources: ['clean' as const] };
    const analyzed = await analyzeRun(run, engine, reestimateAnalysis, options, { datasets });
    expect(analyzed.document).toMatchObject({
      subject: { dataset: { checksum: 'of the test' } },
      request: { examples: 8 },
    });
    const session = await resumeSession(run, { datasets });
    expect(await trainRun({ run, ...session }, { resume: true })).toMatchObject({ ended: 'done' });
    const { summary, problems } = await reportRun(run, { environment: {} });
    expect({ set: summary['data set'], problems }).toEqual({ set: 'synthetic (from memory)', problems: [] });
  });

  it('asks for them where they are missing', async () => {
    const missing = { code: 'not-found', message: expect.stringContaining('hand in the same as datasets.') };
    await expect(evaluateRun(run, engine, plan)).rejects.toMatchObject(missing);
    await expect(evaluateRun(run, engine, plan, { datasets: { train } })).rejects.toMatchObject(missing);
    await expect(resumeSession(run, {})).rejects.toMatchObject(missing);
  });

  it('refuses others', async () => {
    const other = { ...test, checksum: 'another' };
    await expect(evaluateRun(run, engine, plan, { datasets: { test: other } })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('checksum recorded of the test, now another'),
    });
    const session = await resumeSession(run, { datasets: { train: { ...train, checksum: 'another' } } });
    await expect(trainRun({ run, ...session }, { resume: true })).rejects.toMatchObject({ code: 'mismatch' });
  });

  it('has the data set that its configuration says', async () => {
    const { configuration } = resolveConfiguration({ preset: 'tiny' });
    await expect(openSession(configuration, { datasets })).rejects.toThrow(
      'the data set handed in for train is synthetic (train), the configuration says mnist',
    );
    await expect(openSession(resolved.configuration, { datasets: { train: test } })).rejects.toThrow(
      'the data set handed in for train is synthetic (test)',
    );
  });

  it('says what a result is about', async () => {
    const trained = await loadTrained(run, engine, { datasets });
    expect(subjectOf(run, trained, engine)).toEqual({
      run: 'run',
      configuration: run.hash,
      regime: 'dual-bn',
      seed: 0,
      network: 'resnet8',
      checkpoint: { name: 'last', epoch: 1, step: 3, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      dataset: { name: 'synthetic', checksum: 'of the test' },
      engine: engine.describe(),
    });
  });
});

describe('resuming where the configuration leaves the engine open', () => {
  it('takes the engine and the threads that were recorded', async () => {
    const { configuration } = resolveConfiguration({
      preset: 'tiny',
      overrides: [
        'data.dataset=synthetic',
        'network.width=1',
        'data.trainExamples=12',
        'data.validationExamples=6',
        'batchSize=4',
      ],
    });
    const environment = { ...run.environment, engine: { name: 'reference', threads: 1 } };
    const { engine } = await resumeSession({ ...run, configuration, environment }, { datasets });
    expect(engine.describe()).toMatchObject({ name: 'reference', threads: 1 });
  });
});

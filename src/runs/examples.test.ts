import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot, regimeOf, resolveConfiguration } from '../configuration/index.ts';
import { gather } from '../data/index.ts';
import { syntheticDataset } from '../data/testing/fixtures.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { evaluateGrid } from '../evaluation/index.ts';
import { evaluationCells } from '../training/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { createRun } from './create-run.ts';
import { describeEnvironment } from './environment.ts';
import { checkpointPath, openRun } from './run.ts';
import { trainingSetup } from './setup.ts';
import { trainRun } from './train-run.ts';

const examples = join(packageRoot, 'presets/examples');
const dataset = syntheticDataset(20, { classes: 2, height: 8, width: 8 });
const cells = { 'three-branches.yaml': 9, 'branch-per-epsilon.yaml': 3 };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dualbn-examples-'));
});
afterAll(() => rm(root, { recursive: true }));

test('every example is tried here', async () => {
  expect((await readdir(examples)).sort()).toEqual(Object.keys(cells).sort());
});

describe.each(Object.entries(cells))('the row of %s', (name, count) => {
  const resolved = resolveConfiguration({
    preset: join(examples, name),
    overrides: [
      'data.trainExamples=8',
      'data.validationExamples=4',
      'network.width=2',
      'batchSize=4',
      'epochs=1',
      'schedule.peak=0.5',
      'attack.steps=1',
      'validation.attack=pgd-1',
    ],
  });

  /** Trained to the end, cut after `steps` steps if that is said. */
  async function train(directory: string, steps = Number.POSITIVE_INFINITY) {
    const environment = await describeEnvironment({ name: 'reference' }, { name: dataset.name });
    const run = await createRun({ root, name: `${name}-${directory}`, resolved, environment });
    const setup = trainingSetup(openRun(run.directory).configuration, dataset);
    const cut = new AbortController();
    const onStep = ({ step }: { step: number }) => (step >= steps ? cut.abort() : undefined);
    const first = { run, setup, engine: createReferenceEngine(), signal: cut.signal, onStep };
    const { ended } = await trainRun(first, { resume: false });
    if (ended === 'interrupted')
      await trainRun({ run, setup, engine: createReferenceEngine() }, { resume: true });
    return { setup, ...(await readCheckpoint(checkpointPath(run.directory, 'last'))) };
  }

  test('trains, goes on after a cut, and is evaluated over its whole grid', async () => {
    const { setup, tensors } = await train('whole');
    const resumed = await train('cut', 1);
    for (const [tensor, { values }] of tensors)
      values.forEach((value, at) => {
        // The reference computes in float64; what a checkpoint holds is rounded to float32.
        expect(resumed.tensors.get(tensor)?.values[at]).toBeCloseTo(value, 4);
      });

    const engine = createReferenceEngine();
    for (const variable of setup.network.variables)
      engine.write(variable, tensors.get(variable.name)?.values ?? []);
    const { cells: grid } = await evaluateGrid({
      engine,
      network: setup.network,
      examples: gather(dataset, Uint32Array.of(0, 1)),
      attacks: ['pgd-1'],
      epsilon: 0.1,
    });
    expect(grid).toHaveLength(count);
    const { robust } = evaluationCells(regimeOf(resolved.configuration.regime));
    expect(grid.map(({ cell }) => cell)).toContainEqual(robust);
  });
});

import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveConfiguration } from '../configuration/index.ts';
import { syntheticDataset } from '../data/testing/fixtures.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { createRun } from './create-run.ts';
import { describeEnvironment } from './environment.ts';
import { checkpointPath, openRun, type Run } from './run.ts';
import { trainingSetup } from './setup.ts';
import { trainRun } from './train-run.ts';
import { loadStart } from './trained.ts';

const dataset = syntheticDataset(20, { classes: 2, height: 4, width: 4 });
const configured = (...overrides: string[]) =>
  resolveConfiguration({
    preset: 'tiny',
    overrides: [
      'data.trainExamples=12',
      'data.validationExamples=6',
      'network.width=1',
      'batchSize=4',
      'epochs=1',
      ...(overrides.some((override) => override.startsWith('regime.name=bn-on-clean'))
        ? []
        : ['attack.steps=1']),
      'validation.attack=pgd-1',
      ...overrides,
    ],
  });

let root: string;
let madry: Run;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dualbn-start-'));
  madry = await trained('madry', ['regime.name=madry']);
});
afterAll(() => rm(root, { recursive: true }));

/** As the command does: the start is looked at, the run is made, and trained, until it is cut if it is. */
async function trained(name: string, overrides: readonly string[], steps = Number.POSITIVE_INFINITY) {
  const resolved = configured(...overrides);
  const setup = trainingSetup(resolved.configuration, dataset);
  const start = await loadStart(resolved.configuration, setup.network);
  const environment = await describeEnvironment({ name: 'reference' }, { name: dataset.name });
  const run = await createRun({ root, name, resolved, environment, start: start?.origin });
  const interruption = new AbortController();
  const onStep = ({ step }: { step: number }) => (step >= steps ? interruption.abort() : undefined);
  const training = { run, setup, engine: createReferenceEngine(), signal: interruption.signal, onStep };
  await trainRun(training, { resume: false });
  return run;
}

async function tensorsOf({ directory }: Run) {
  const { tensors } = await readCheckpoint(checkpointPath(directory, 'last'));
  return Object.fromEntries([...tensors].map(([name, { values }]) => [name, [...values]]));
}

describe.each([
  { name: 'bn-on-clean', own: 'clean', other: 'adv' },
  { name: 'bn-on-clean-copied', own: 'clean', other: 'adv' },
  { name: 'bn-on-adv', own: 'adv', other: 'clean' },
  { name: 'bn-on-adv-copied', own: 'adv', other: 'clean' },
])('$name', ({ name, own, other }) => {
  test('trains the AP of a second BN on the network of a run, and leaves all else as it is there', async () => {
    const run = await trained(name, [`regime.name=${name}`, `init.run=${madry.directory}`]);
    const [before, after] = [await tensorsOf(madry), await tensorsOf(run)];
    for (const shared of ['conv1.weight', 'layer1.0.conv1.weight', 'fc.weight', 'fc.bias'])
      expect(after[shared]).toEqual(before[shared]);
    for (const what of ['weight', 'bias', 'running_mean', 'running_var'])
      expect(after[`bn1.${other}.${what}`]).toEqual(before[`bn1.${what}`]);
    expect(after[`bn1.${own}.weight`]).not.toEqual([1]);
    // Its own NS move from 0 and 1; copied ones stay.
    const copied = name.endsWith('copied');
    expect(after[`bn1.${own}.running_mean`].join() === before['bn1.running_mean'].join()).toBe(copied);
    const velocities = Object.keys(after).filter((key) => key.startsWith('optimizer.'));
    expect(velocities.length).toBeGreaterThan(0);
    expect(velocities.every((key) => new RegExp(`\\.${own}\\.(weight|bias)$`).test(key))).toBe(true);
  });

  test('once begun, needs the run it started from no more', async () => {
    const overrides = [`regime.name=${name}`, `init.run=${madry.directory}`];
    const whole = await trained(`${name}-whole`, overrides);
    const moved = `${madry.directory}-copy`;
    const run = await trained(`${name}-cut`, overrides, 1);
    await rename(madry.directory, moved);
    try {
      const setup = trainingSetup(openRun(run.directory).configuration, dataset);
      await trainRun({ run, setup, engine: createReferenceEngine() }, { resume: true });
    } finally {
      await rename(moved, madry.directory);
    }
    const [one, two] = [await tensorsOf(whole), await tensorsOf(run)];
    for (const [key, values] of Object.entries(one))
      values.forEach((value, at) => {
        expect(two[key][at]).toBeCloseTo(value, 5);
      });
  });
});

test('any row may start from a run that it fits: dual-bn has both branches from one', async () => {
  const run = await trained('fine-tuned', [
    'regime.name=dual-bn',
    'optimizer.learningRate=1e-9',
    `init={run: ${madry.directory}, checkpoint: best}`,
  ]);
  const before = Object.fromEntries(
    [...(await readCheckpoint(checkpointPath(madry.directory, 'best'))).tensors].map(([name, { values }]) => [
      name,
      values,
    ]),
  );
  const after = await tensorsOf(run);
  for (const branch of ['clean', 'adv'])
    expect(after[`bn1.${branch}.weight`][0]).toBeCloseTo(before['bn1.weight'][0], 5);
  const origin = JSON.parse(await readFile(run.paths.origin, 'utf8'));
  expect(origin.start).toMatchObject({ run: madry.directory, checkpoint: 'best', configuration: madry.hash });
});

describe('a start is refused', () => {
  const refusal = async (...overrides: string[]) => {
    const { configuration } = configured(...overrides);
    const { network } = trainingSetup(configuration, dataset);
    return loadStart(configuration, network).then(
      () => 'accepted',
      (error: Error) => error.message,
    );
  };

  test('where there is no run', async () => {
    expect(await refusal('regime.name=bn-on-clean', 'init.run=nowhere')).toContain(
      'there is no run at nowhere',
    );
  });

  test('where the run is one of another network, with every tensor', async () => {
    const message = await refusal(
      'regime.name=bn-on-clean',
      `init.run=${madry.directory}`,
      'network.width=2',
    );
    expect(message).toContain('does not fit what bn-on-clean on resnet8 is initialized from:');
    expect(message).toContain('conv1.weight: expected shape [2, 1, 3, 3], found [1, 1, 3, 3]');
    expect(message).toContain('bn1.adv.weight: expected shape [2], found [1]');
  });

  test('where the run has what is to be new already', async () => {
    const dual = await trained('dual', ['regime.name=dual-bn']);
    const message = await refusal('regime.name=bn-on-clean', `init.run=${dual.directory}`);
    expect(message).toContain('bn1.clean.weight: unexpected');
  });
});

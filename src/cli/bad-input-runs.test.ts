/** Trainings that cannot begin, and runs that cannot be gone on with. */

import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveConfiguration } from '../configuration/index.ts';
import { loadDataset } from '../data/index.ts';
import { idxFile } from '../data/testing/fixtures.ts';
import { createReferenceEngine } from '../engines/index.ts';
import {
  checkpointPath,
  createRun,
  describeEnvironment,
  type Run,
  trainingSetup,
  trainRun,
} from '../runs/index.ts';
import { type Case, refuses } from './testing/bad-input.ts';

/** Digits of 4x4 pixels, in MNIST's naming. */
const digits = (count: number): NonNullable<Case['files']> => ({
  'train-images-idx3-ubyte': idxFile([count, 4, 4], new Uint8Array(16 * count)),
  'train-labels-idx1-ubyte': idxFile(
    [count],
    Array.from({ length: count }, (_, i) => i % 2),
  ),
});
const tinyDigits = [
  ...['data.dataset=idx:FOLDER', 'data.trainExamples=all', 'data.validationExamples=2', 'batchSize=2'],
  ...['network.width=1', 'engine.name=reference'],
].flatMap((override) => ['--set', override]);
const train = (name: string, overrides: readonly string[], ...says: readonly string[]): Case => ({
  name: `training ${name}`,
  argv: [
    ...['train', 'tiny', '--run', 'FOLDER/run', ...tinyDigits],
    ...overrides.flatMap((override) => ['--set', override]),
  ],
  files: digits(8),
  says,
});

/** A run that was trained for nothing yet, spoiled in some way before it is resumed. */
const resume = (name: string, spoil: (run: Run) => Promise<void>, ...says: readonly string[]): Case => ({
  name: `resuming ${name}`,
  argv: ['resume', 'FOLDER/run'],
  files: digits(8),
  says,
  async prepare(folder) {
    const overrides = tinyDigits
      .filter((word) => word !== '--set')
      .map((word) => word.replaceAll('FOLDER', folder));
    const resolved = resolveConfiguration({ preset: 'tiny', overrides });
    const dataset = await loadDataset(`idx:${folder}`, 'train');
    const environment = await describeEnvironment({}, { checksum: dataset.checksum });
    const run = await createRun({ directory: join(folder, 'run'), resolved, environment });
    const signal = AbortSignal.abort();
    const engine = createReferenceEngine();
    await trainRun(
      { run, setup: trainingSetup(resolved.configuration, dataset), engine, signal },
      { resume: false },
    );
    await spoil(run);
  },
});
const last = (run: Run) => checkpointPath(run.directory, 'last');
const change = async (path: string, edit: (content: Buffer) => Uint8Array) =>
  writeFile(path, edit(await readFile(path)));

const cases: readonly Case[] = [
  { name: 'training nothing', argv: ['train'], says: ["missing required argument 'preset|file'"] },
  train('with an unknown key', ['attack.step=2'], 'attack.step: unknown key; did you mean attack.steps?'),
  train('on an unknown data set', ['data.dataset=minst'], "there is no data set 'minst'"),
  train('on a folder that is missing', ['data.dataset=idx:FOLDER/none'], 'FOLDER/none'),
  train(
    'on fewer images than are asked for',
    ['data.trainExamples=500'],
    'has 8 training images, fewer than are asked',
  ),
  train('with a batch that is too large', ['batchSize=7'], 'batchSize is 7, more than the 6 training images'),
  train(
    'a network too deep for the images',
    ['network.name=resnet10'],
    'at least 8x8 pixels; these have 4x4',
  ),
  {
    ...train('in a run that is there', [], 'FOLDER/run is there already; the next free name is FOLDER/run-2'),
    prepare: async (folder) => {
      await mkdir(join(folder, 'run'));
    },
  },
  {
    ...train('below a file', [], 'cannot make a run in FOLDER/run: a file of that name is there already'),
    argv: ['train', 'tiny', '--run', 'FOLDER/run/deep', ...tinyDigits],
    files: { ...digits(8), run: 'a file' },
  },

  { name: 'resuming nothing', argv: ['resume'], says: ["missing required argument 'run'"] },
  {
    name: 'resuming what is missing',
    argv: ['resume', 'FOLDER/run'],
    says: ['there is no run at FOLDER/run'],
  },
  {
    name: 'resuming what is no run',
    argv: ['resume', 'FOLDER'],
    says: ['FOLDER is not a run: it has no configuration'],
  },
  resume(
    'a trained run without a checkpoint',
    async (run) => {
      await rm(last(run));
      await writeFile(run.paths.metrics, '{"kind":"step","epoch":0,"step":1,"loss":2.3}\n');
    },
    "FOLDER/run has no checkpoint 'last' (FOLDER/run/checkpoints/last.safetensors), and was trained already",
  ),
  resume(
    'a cut checkpoint',
    (run) => change(last(run), (content) => content.subarray(0, -10)),
    'FOLDER/run/checkpoints/last.safetensors is not a valid safetensors file',
    'the file is truncated',
  ),
  resume(
    'a checkpoint with a flipped bit',
    (run) =>
      change(last(run), (content) => {
        content[content.length - 1] ^= 4;
        return content;
      }),
    'FOLDER/run/checkpoints/last.safetensors is damaged: its content does not have the digest that it carries',
    'put back a copy of last.safetensors, or train again',
  ),
  resume(
    'a checkpoint of nothing we know',
    (run) => writeFile(last(run), 'PK zip, perhaps'),
    'last.safetensors is not a safetensors file',
  ),
  resume(
    'with another configuration',
    (run) =>
      change(run.paths.configuration, (content) => Buffer.from(`${content}`.replace('seed: 0', 'seed: 1'))),
    'belongs to another configuration',
  ),
  resume(
    'with another network',
    (run) =>
      change(run.paths.configuration, (content) => Buffer.from(`${content}`.replace('width: 1', 'width: 2'))),
    'last.safetensors does not fit the network:',
    'conv1.weight: expected shape [2, 1, 3, 3], found [1, 1, 3, 3]',
    'more',
  ),
  resume(
    'with a configuration that is damaged',
    (run) => writeFile(run.paths.configuration, 'epochs: [\n'),
    'cannot read FOLDER/run/configuration.yaml as YAML',
  ),
  resume(
    'with other data',
    (run) =>
      writeFile(join(run.directory, '..', 'train-labels-idx1-ubyte'), idxFile([8], [1, 1, 1, 1, 0, 0, 0, 0])),
    'FOLDER/run was trained with another engine or other data',
    'data checksum: recorded ',
    '--accept-changes',
  ),
  resume(
    'with another engine',
    (run) =>
      change(run.paths.environment, (content) =>
        Buffer.from(`${content}`.replace('"engine": {}', '"engine": { "name": "reference", "threads": 3 }')),
      ),
    'FOLDER/run was trained with another engine or other data',
    'engine threads: recorded 3, now 1',
  ),
  resume(
    'a run whose metrics lead out of it',
    async (run) => {
      await rm(run.paths.metrics);
      await symlink('../train-labels-idx1-ubyte', run.paths.metrics);
    },
    'FOLDER/run is not opened; nothing in a run may lead out of it:',
    'metrics.jsonl: expected a file, found a symbolic link',
  ),
  resume(
    'a run whose checkpoints are elsewhere',
    async (run) => {
      await rename(run.paths.checkpoints, join(run.directory, '..', 'elsewhere'));
      await symlink('../elsewhere', run.paths.checkpoints);
    },
    'checkpoints: expected a folder, found a symbolic link',
  ),
  resume(
    'a run whose environment is nested deep',
    (run) => writeFile(run.paths.environment, '{"engine":'.repeat(50_000)),
    'environment.json is damaged: its JSON is nested more than 100 deep',
  ),
  resume(
    'without its environment',
    (run) => rm(run.paths.environment),
    'cannot read FOLDER/run/environment.json: no such file or folder',
  ),
  resume(
    'a run that another machine works on',
    (run) => writeFile(run.paths.lock, JSON.stringify({ pid: 1, host: 'elsewhere', processStart: '' })),
    'a process on elsewhere (pid 1) works on this run',
  ),
];

refuses(cases);

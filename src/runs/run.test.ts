import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { configurationHash, packageVersion, resolveConfiguration } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { frameDocument } from '../files/index.ts';
import { writeCheckpoint } from './checkpoint.ts';
import { createRun, nextFreeDirectory, runName } from './create-run.ts';
import { describeEnvironment } from './environment.ts';
import { checkpointPath, loadRunCheckpoint, openRun, writeAnalysis, writeEvaluation } from './run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-run-'));
});

const resolved = resolveConfiguration({ preset: 'tiny', overrides: ['seed=3', 'attack.epsilon=25/255'] });
const environment = await describeEnvironment(
  { name: 'reference', threads: 1 },
  { name: 'mnist', checksum: 'sha256:00' },
);
const make = (directory = join(folder, 'run')) => createRun({ directory, resolved, environment });

describe('createRun', () => {
  it('holds the configuration, its origin and the environment', async () => {
    const run = await make();
    expect((await readdir(run.directory)).sort()).toEqual(
      [
        'checkpoints',
        'configuration.yaml',
        'environment.json',
        'evaluations',
        'metrics.jsonl',
        'origin.json',
      ].sort(),
    );
    expect(run.configuration).toEqual(resolved.configuration);
    expect(run.hash).toBe(configurationHash(resolved.configuration));
    expect(run.overrides).toEqual(['seed=3', 'attack.epsilon=25/255']);
    expect(run.environment).toMatchObject({
      dualbn: packageVersion,
      node: process.versions.node,
      engine: { name: 'reference', threads: 1 },
      data: { checksum: 'sha256:00' },
    });
    expect(JSON.parse(await readFile(run.paths.origin, 'utf8')).sources[0]).toEqual({
      kind: 'preset',
      name: 'small',
    });
  });

  it('names a run for what it is', async () => {
    expect(runName(resolved.configuration)).toBe('dual-bn-resnet8-mnist-seed-3');
    const run = await createRun({ root: join(folder, 'runs'), resolved, environment });
    expect(run.directory).toBe(join(folder, 'runs', 'dual-bn-resnet8-mnist-seed-3'));
  });

  it('never overwrites, and offers the next free name', async () => {
    const { directory } = await make();
    await mkdir(`${directory}-2`);
    const failure = make();
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(
      `${directory} is there already; the next free name is ${directory}-3`,
    );
    expect(nextFreeDirectory(directory)).toBe(`${directory}-3`);
    expect((await readdir(folder)).sort()).toEqual(['run', 'run-2']);
  });

  it('leaves one whole run of two that are made at once', async () => {
    const outcomes = await Promise.allSettled([make(), make()]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['run']);
    expect(openRun(join(folder, 'run')).configuration.seed).toBe(3);
  });

  it('clears away what a killed process left of making a run, and nothing else', async () => {
    const [left, now] = [join(folder, '.run.4711.dualbn-partial'), join(folder, '.run.4712.dualbn-partial')];
    const others = join(folder, '.download.partial');
    for (const path of [left, now, others]) await mkdir(path);
    for (const path of [left, others]) await utimes(path, 1, 1);
    await make();
    expect((await readdir(folder)).sort()).toEqual(['.download.partial', '.run.4712.dualbn-partial', 'run']);
  });

  it('refuses a place below a file, leaving nothing behind', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(make(join(folder, 'file', 'run'))).rejects.toThrow(InputError);
    await expect(make(join(folder, 'file', 'deep', 'run'))).rejects.toThrow('a part of the path is a file');
    expect(await readdir(folder)).toEqual(['file']);
  });

  // The superuser may write everywhere.
  it.skipIf(process.getuid?.() === 0)('refuses an unwritable folder', async () => {
    await chmod(folder, 0o500);
    await expect(make()).rejects.toThrow('permission denied');
    await chmod(folder, 0o700);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('openRun', () => {
  it('names what is no run', async () => {
    await make();
    expect(() => openRun(join(folder, 'rum'))).toThrow(
      `there is no run at ${join(folder, 'rum')}: no such folder; did you mean run?`,
    );
    expect(() => openRun(folder)).toThrow(`${folder} is not a run: it has no configuration.yaml`);
    await writeFile(join(folder, 'file'), '');
    expect(() => openRun(join(folder, 'file'))).toThrow('no such folder');
    expect(() => openRun(join(folder, 'file', 'run'))).toThrow('no such folder');
  });

  it('names a file that is missing or damaged', async () => {
    const { directory, paths } = await make();
    await writeFile(paths.environment, '{"dualbn": 1}');
    expect(() => openRun(directory)).toThrow(`${paths.environment} is damaged:\n  dualbn: `);
    await writeFile(paths.environment, '{');
    expect(() => openRun(directory)).toThrow(`${paths.environment} is damaged: it is not JSON`);
    await rm(paths.origin);
    expect(() => openRun(directory)).toThrow(`cannot read ${paths.origin}: no such file or folder`);
    await writeFile(paths.configuration, 'seed: -1\n');
    expect(() => openRun(directory)).toThrow(
      `seed: expected at least 0, found -1 (${paths.configuration}:1)`,
    );
  });
});

describe('openRun of a run from before the large stem had a max-pool', () => {
  const makeBy = async (version: string, stem: string) => {
    const directory = join(folder, 'run');
    const run = await createRun({
      directory,
      resolved: resolveConfiguration({ preset: 'tiny', overrides: [`network.stem=${stem}`] }),
      environment,
    });
    await writeFile(run.paths.environment, JSON.stringify({ ...environment, dualbn: version }));
    return directory;
  };

  it.each(['0.1.0', '0.0.3'])('refuses it where it has that stem: version %s', async (version) => {
    const directory = await makeBy(version, 'large');
    expect(() => openRun(directory)).toThrow(InputError);
    expect(() => openRun(directory)).toThrow(
      `${directory} was made by dualbn ${version}, where network.stem: large had no max-pool`,
    );
  });

  it.each([
    ['0.1.0', 'small'],
    ['0.2.0', 'large'],
    ['0.10.0', 'large'],
    ['10.1.0', 'large'],
  ])('opens it otherwise: version %s, stem %s', async (version, stem) => {
    expect(openRun(await makeBy(version, stem)).environment.dualbn).toBe(version);
  });
});

describe('loadRunCheckpoint', () => {
  const tensors = new Map([['linear.bias', { shape: [10], values: new Float32Array(10) }]]);
  const shapes = new Map([['linear.bias', [10]]]);
  const position = { epoch: 0, batch: 0, runningMetrics: { examples: 0, steps: 0, loss: 0, passes: {} } };
  const state = { position, step: 0, metricsBytes: 0, best: null };

  it('gives the checkpoint of the run', async () => {
    const run = await make();
    await writeCheckpoint(checkpointPath(run.directory, 'last'), tensors, {
      ...state,
      configuration: run.hash,
    });
    expect((await loadRunCheckpoint(run, 'last', shapes)).tensors).toEqual(tensors);
  });

  it('says that there is none yet', async () => {
    const run = await make();
    await expect(loadRunCheckpoint(run, 'best', shapes)).rejects.toThrow(
      `${run.directory} has no checkpoint 'best' (${checkpointPath(run.directory, 'best')}): it ended before`,
    );
  });

  it('refuses one of another configuration', async () => {
    const run = await make();
    await writeCheckpoint(checkpointPath(run.directory, 'last'), tensors, {
      ...state,
      configuration: 'feedfeed',
    });
    await expect(loadRunCheckpoint(run, 'last', shapes)).rejects.toThrow(
      `belongs to another configuration: expected ${run.hash}, found feedfeed`,
    );
  });
});

it('writeEvaluation keeps every evaluation', async () => {
  const run = await make();
  const evaluation = frameDocument('evaluation', { grid: [] });
  expect(await writeEvaluation(run, 'last', evaluation)).toBe(join(run.paths.evaluations, 'last.json'));
  const second = await writeEvaluation(run, 'last', { ...evaluation, digest: 'another' });
  expect(second).toBe(join(run.paths.evaluations, 'last-2.json'));
  expect(JSON.parse(await readFile(second, 'utf8'))).toEqual({ ...evaluation, digest: 'another' });
});

it('writeAnalysis keeps every analysis, lists of numbers on one line', async () => {
  const run = await make();
  const channels = [{ mu: [0.5, -1e-7, 3], none: [] }];
  const analysis = frameDocument('analysis', { analysis: 'gap', channels, text: '[\n 1\n]' });
  const path = await writeAnalysis(run, 'last-gap', analysis);
  expect(path).toBe(join(run.directory, 'analyses', 'last-gap.json'));
  const text = await readFile(path, 'utf8');
  expect(JSON.parse(text)).toEqual(analysis);
  expect(text).toContain('"mu": [0.5, -1e-7, 3]');
  expect(await writeAnalysis(run, 'last-gap', analysis)).toBe(join(run.paths.analyses, 'last-gap-2.json'));
});

describe('a run from elsewhere', () => {
  const outside = () => join(folder, 'outside');

  it.each([
    'configuration.yaml',
    'origin.json',
    'environment.json',
    'metrics.jsonl',
    'summary.csv',
    'report.html',
    'checkpoints/last.safetensors',
    'checkpoints/best.safetensors',
    'checkpoints',
    'evaluations',
    'analyses',
    'lock',
  ])('is not opened where its %s is a link', async (part) => {
    const { directory } = await make();
    await rm(join(directory, part), { recursive: true, force: true });
    await symlink(outside(), join(directory, part));
    expect(() => openRun(directory)).toThrow(
      expect.objectContaining({
        code: 'damaged',
        message: expect.stringMatching(new RegExp(`  ${part}: expected a \\w+, found a symbolic link`)),
      }),
    );
  });

  it('is not opened where a file is a FIFO or a folder', async () => {
    const { directory, paths } = await make();
    await rm(paths.environment);
    execFileSync('mkfifo', [paths.environment]);
    await rm(paths.metrics);
    await mkdir(paths.metrics);
    expect(() => openRun(directory)).toThrow(
      /environment.json: expected a file, found no regular file\n {2}metrics.jsonl: expected a file, found a folder/,
    );
  });

  it('may itself be reached through a link', async () => {
    const { directory } = await make();
    await symlink(directory, join(folder, 'latest'));
    expect(openRun(join(folder, 'latest')).configuration.seed).toBe(3);
  });
});

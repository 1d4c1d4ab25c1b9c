import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../configuration/index.ts';
import type { Dataset } from '../data/index.ts';
import { syntheticDataset } from '../data/testing/fixtures.ts';
import type { Engine, EngineDescription } from '../engines/index.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { sha256 } from '../files/index.ts';
import type { Callback } from '../training/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { createRun } from './create-run.ts';
import { conditionsOf, describeEnvironment } from './environment.ts';
import { type MetricRecord, readMetrics } from './metrics.ts';
import { checkpointPath, openRun, type Run } from './run.ts';
import { readSafetensors, writeSafetensors } from './safetensors/index.ts';
import { trainingSetup } from './setup.ts';
import { type TrainingStart, trainRun } from './train-run.ts';

const dataset = syntheticDataset(20, { classes: 2, height: 4, width: 4 });
const resolved = resolveConfiguration({
  preset: 'tiny',
  overrides: [
    'data.trainExamples=12',
    'data.validationExamples=6',
    'network.width=1',
    'batchSize=4',
    'attack.steps=1',
    'validation.attack=pgd-1',
  ],
});

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dualbn-train-'));
});
afterAll(() => rm(root, { recursive: true }));

async function newRun(name: string): Promise<Run> {
  const environment = await describeEnvironment({ name: 'reference' }, { name: dataset.name });
  return createRun({ root, name, resolved, environment });
}

/** The reference keeps variables in float64, checkpoints hold float32: round as an engine of float32 does. */
function float32Engine(): Engine {
  const engine = createReferenceEngine();
  const compile: Engine['compile'] = async (step) => {
    const program = await engine.compile(step);
    const run: typeof program.run = async (inputs) => {
      const outputs = await program.run(inputs);
      for (const { variable } of step.updates) engine.write(variable, engine.read(variable));
      return outputs;
    };
    return { ...program, run };
  };
  return { ...engine, compile };
}

/** Trains in a process of its own, as it were: a fresh engine. Interrupted after `steps` steps, if given. */
async function train(run: Run, how: { resume: boolean }, steps = Number.POSITIVE_INFINITY) {
  const interruption = new AbortController();
  return trainRun(
    {
      run: openRun(run.directory),
      setup: trainingSetup(resolved.configuration, dataset),
      engine: float32Engine(),
      signal: interruption.signal,
      callbacks: [
        {
          onStep({ step }) {
            if (step >= steps) interruption.abort();
          },
        },
      ],
    },
    how,
  );
}

/** What a run left, but for the clock. */
async function outcome(run: Run) {
  const withoutClock = (text: string) => text.replaceAll(/"seconds":[^,}]*/g, '"seconds":0');
  const tensors = async (name: 'last' | 'best') =>
    (await readCheckpoint(checkpointPath(run.directory, name))).tensors;
  return {
    metrics: withoutClock(await readFile(run.paths.metrics, 'utf8')),
    epochs: (await readFile(run.paths.summary, 'utf8')).split('\n').length,
    last: await tensors('last'),
    best: await tensors('best'),
  };
}

describe('a training in a run directory', () => {
  it.each([1, 3, 4])('cut after step %i and resumed leaves what an uncut one leaves', async (steps) => {
    const whole = await newRun(`whole-${steps}`);
    expect(await train(whole, { resume: false })).toEqual({ ended: 'done', epoch: 2 });
    const cut = await newRun(`cut-${steps}`);
    expect((await train(cut, { resume: false }, steps)).ended).toBe('interrupted');
    expect(await train(cut, { resume: true })).toEqual({ ended: 'done', epoch: 2 });
    expect(await outcome(cut)).toEqual(await outcome(whole));
  });

  it('killed in the middle of a line, a checkpoint and a lock is resumed all the same', async () => {
    const whole = await newRun('never-killed');
    await train(whole, { resume: false });
    const killed = await newRun('killed');
    await train(killed, { resume: false }, 3);
    await appendFile(killed.paths.metrics, '{"kind":"step","epoch":1,"step":4,"lo');
    await writeFile(join(killed.paths.checkpoints, '.last.safetensors.4711-0.partial'), 'half');
    await writeFile(killed.paths.lock, '{"pid":');
    await train(killed, { resume: true });
    expect(await outcome(killed)).toEqual(await outcome(whole));
    expect((await readdir(killed.paths.checkpoints)).sort()).toEqual([
      'best.safetensors',
      'last.safetensors',
    ]);
    expect(await readdir(killed.directory)).not.toContain('lock');
  });

  it('goes on from a checkpoint of version 0.1, and says that it carries no digest', async () => {
    const run = await newRun('old');
    await train(run, { resume: false }, 3);
    const path = checkpointPath(run.directory, 'last');
    const { tensors, metadata } = await readSafetensors(path);
    const { digest: _, ...rest } = metadata;
    const checksum = `sha256:${sha256(...[...tensors.values()].map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)))}`;
    await writeSafetensors(path, { tensors, metadata: { ...rest, checksum } });
    const said: string[] = [];
    const setup = trainingSetup(resolved.configuration, dataset);
    const training = { run, setup, engine: float32Engine(), announce: (line: string) => said.push(line) };
    expect(await trainRun(training, { resume: true })).toMatchObject({ ended: 'done' });
    expect(said).toEqual([
      expect.stringContaining('carries no digest, as an older version of dualbn made it'),
    ]);
    expect(await readCheckpoint(path)).toMatchObject({ isSealed: true });
  });

  it('that is done stays as it is when resumed', async () => {
    const run = await newRun('done');
    await train(run, { resume: false });
    const before = await outcome(run);
    expect(await train(run, { resume: true })).toEqual({ ended: 'done', epoch: 2 });
    expect(await outcome(run)).toEqual(before);
  });
});

it('a batch larger than the training images is refused before anything is made', () => {
  const { configuration } = resolveConfiguration({ preset: 'tiny', overrides: ['data.trainExamples=12'] });
  expect(() =>
    trainingSetup({ ...configuration, data: { ...configuration.data, validationExamples: 6 } }, dataset),
  ).toThrow('batchSize is 50, more than the 12 training images: lower it or raise data.trainExamples');
});

describe('a run that is there', () => {
  const files = async (run: Run) =>
    Promise.all(
      [run.paths.metrics, run.paths.environment, checkpointPath(run.directory, 'last')].map((path) =>
        readFile(path, 'hex'),
      ),
    );

  it.each([
    ['that is done', Number.POSITIVE_INFINITY],
    ['that was cut in its first epoch', 1],
  ])('%s is never begun over', async (_, steps) => {
    const run = await newRun(`over-${steps}`);
    await train(run, { resume: false }, steps);
    const before = await files(run);
    await expect(train(run, { resume: false })).rejects.toMatchObject({
      code: 'taken',
      message: expect.stringContaining(`${run.directory} was trained already: continue it`),
    });
    expect(await files(run)).toEqual(before);
    expect(await readdir(run.directory)).not.toContain('lock');
  });

  it.each([
    ['nothing but its configuration', async () => {}],
    ['no metrics', (run: Run) => rm(run.paths.metrics)],
    ['a torn first record', (run: Run) => writeFile(run.paths.metrics, '{"kind":"ste')],
    ['no folder of evaluations', (run: Run) => rm(run.paths.evaluations, { recursive: true })],
    [
      'half a checkpoint',
      (run: Run) => writeFile(join(run.paths.checkpoints, '.last.safetensors.4711-0.partial'), 'half'),
    ],
  ])('and has %s, as after a kill, begins when it is resumed', async (what, spoil) => {
    const whole = await newRun(`begun ${what}`);
    await train(whole, { resume: false });
    const killed = await newRun(`killed with ${what}`);
    await spoil(killed);
    expect(await train(killed, { resume: true })).toEqual({ ended: 'done', epoch: 2 });
    expect(await outcome(killed)).toEqual(await outcome(whole));
    expect((await readdir(killed.paths.checkpoints)).sort()).toEqual([
      'best.safetensors',
      'last.safetensors',
    ]);
  });

  it('and has records but lost its checkpoint is not begun over', async () => {
    const run = await newRun('lost');
    await train(run, { resume: false }, 3);
    await rm(checkpointPath(run.directory, 'last'));
    const before = await readFile(run.paths.metrics, 'utf8');
    await expect(train(run, { resume: true })).rejects.toMatchObject({ code: 'not-found' });
    expect(await readFile(run.paths.metrics, 'utf8')).toBe(before);
  });

  it('loses leavings of killed processes, but not what others write now', async () => {
    const run = await newRun('leavings');
    const leavings = [run.directory, run.paths.evaluations, run.paths.checkpoints].map((folder) =>
      join(folder, '.old.json.partial'),
    );
    for (const path of leavings) {
      await writeFile(path, 'half');
      await utimes(path, 1, 1);
    }
    await writeFile(join(run.paths.evaluations, '.new.json.partial'), 'half');
    await train(run, { resume: true });
    expect(await readdir(run.paths.evaluations)).toEqual(['.new.json.partial']);
    for (const folder of [run.directory, run.paths.checkpoints])
      expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('resuming with something else than was recorded', () => {
  const description: EngineDescription = {
    ...createReferenceEngine().describe(),
    settings: { convolution: 'winograd' },
  };
  const describedAs = (changed: Partial<EngineDescription>): Engine => ({
    ...float32Engine(),
    describe: () => ({ ...description, ...changed }),
  });
  const otherData = { ...dataset, checksum: 'other' };

  /** A run that was cut after its third step. */
  async function cutRun(name: string): Promise<Run> {
    const conditions = conditionsOf(describedAs({}), dataset);
    const environment = await describeEnvironment(conditions.engine, conditions.data);
    const run = await createRun({ root, name, resolved, environment });
    await trainWith(run, describedAs({}), dataset, { resume: false }, 3);
    return openRun(run.directory);
  }

  function trainWith(run: Run, engine: Engine, data: Dataset, how: TrainingStart, steps = 100) {
    const interruption = new AbortController();
    const cut: Callback = {
      onStep({ step }) {
        if (step >= steps) interruption.abort();
      },
    };
    const setup = trainingSetup(resolved.configuration, data);
    return trainRun({ run, setup, engine, callbacks: [cut], signal: interruption.signal }, how);
  }

  it.each<[string, Partial<EngineDescription>, Dataset, string]>([
    ['engine', { name: 'onnx' }, dataset, 'engine name: recorded reference, now onnx'],
    ['version', { version: '9' }, dataset, `engine version: recorded ${description.version}, now 9`],
    ['number of threads', { threads: 7 }, dataset, 'engine threads: recorded 1, now 7'],
    [
      'instruction set',
      { instructionSet: 'amx' },
      dataset,
      `engine instructionSet: recorded ${description.instructionSet}, now amx`,
    ],
    [
      'setting',
      { settings: { convolution: 'direct' } },
      dataset,
      'engine convolution: recorded winograd, now direct',
    ],
    ['set of settings', { settings: {} }, dataset, 'engine convolution: recorded winograd, now null'],
    ['data set', {}, otherData, `data checksum: recorded ${dataset.checksum}, now other`],
  ])('another %s is refused before anything is written', async (what, changed, data, says) => {
    const run = await cutRun(`refused ${what}`);
    const read = () =>
      Promise.all([run.paths.metrics, run.paths.environment].map((path) => readFile(path, 'utf8')));
    const before = await read();
    await expect(trainWith(run, describedAs(changed), data, { resume: true })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining(says),
    });
    expect(await read()).toEqual(before);
  });

  it('everything that differs is listed at once', async () => {
    const run = await cutRun('several');
    const resumed = trainWith(run, describedAs({ threads: 2, version: '9' }), otherData, { resume: true });
    await expect(resumed).rejects.toMatchObject({ problems: expect.objectContaining({ length: 3 }) });
  });

  it('is recorded where it is accepted, and from then on is what is compared', async () => {
    const run = await cutRun('accepted');
    const accepted = { resume: true, acceptChanges: true };
    await trainWith(run, describedAs({ threads: 2 }), dataset, accepted, 4);
    const { history } = openRun(run.directory).environment;
    expect(history).toEqual([
      expect.objectContaining({
        epoch: 0,
        step: 3,
        changes: [{ what: 'engine threads', recorded: 1, now: 2 }],
        engine: expect.objectContaining({ threads: 2, convolution: 'winograd' }),
      }),
    ]);
    await expect(trainWith(run, describedAs({}), dataset, { resume: true })).rejects.toThrow(
      'engine threads: recorded 2, now 1',
    );
    await trainWith(run, describedAs({ threads: 2 }), dataset, { resume: true });
    const warnings: MetricRecord[] = [];
    for await (const record of readMetrics(run.paths.metrics))
      if (record.kind === 'warning') warnings.push(record);
    expect(warnings).toEqual([
      {
        kind: 'warning',
        epoch: 0,
        step: 3,
        message: 'resumed with changes: engine threads: recorded 1, now 2',
      },
    ]);
    expect(openRun(run.directory).environment.history).toHaveLength(1);
  });
});

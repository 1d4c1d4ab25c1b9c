import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../configuration/index.ts';
import { syntheticDataset } from '../data/testing/fixtures.ts';
import type { Engine } from '../engines/engine.ts';
import { createReferenceEngine } from '../engines/reference/index.ts';
import { readCheckpoint } from './checkpoint.ts';
import { createRun } from './create-run.ts';
import { describeEnvironment } from './environment.ts';
import { checkpointPath, openRun, type Run } from './run.ts';
import { trainingSetup } from './setup.ts';
import { trainRun } from './train-run.ts';

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

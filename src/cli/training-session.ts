/** What `train`, `resume` and `demo` share: from a run directory to a finished training, with progress on the way. */
import type { Configuration, ResolvedConfiguration } from '../configuration/index.ts';
import type { Dataset } from '../data/index.ts';
import { createEngine } from '../engines/create.ts';
import type { Engine } from '../engines/engine.ts';
import {
  createRun,
  describeEnvironment,
  loadData,
  type Run,
  type RunOutcome,
  trainingSetup,
  trainRun,
} from '../runs/index.ts';
import type { TrainingSetup } from '../training/index.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** Everything a run needs, made and checked before anything is written. */
export interface Session {
  readonly engine: Engine;
  readonly dataset: Dataset;
  readonly setup: TrainingSetup;
}

/** Load the data, check that the network fits it, and start the engine. */
export async function openSession(
  io: Io,
  configuration: Configuration,
  directory?: string,
): Promise<Session> {
  const dataset = await loadData(configuration, 'train', {
    environment: io.environment,
    signal: io.signal,
    ...(directory === undefined ? {} : { directory }),
  });
  const setup = trainingSetup(configuration, dataset);
  const { name, threads, convolution } = configuration.engine;
  return { engine: await createEngine({ name, threads, convolution }), dataset, setup };
}

/** Make the run directory of a session; `directory` is where, unless the configuration's own name is to do. */
export async function beginRun(
  { engine, dataset }: Session,
  resolved: ResolvedConfiguration,
  directory?: string,
): Promise<Run> {
  const { settings, ...described } = engine.describe();
  const { name, checksum, count } = dataset;
  const environment = await describeEnvironment(
    { ...described, ...settings },
    { name, checksum, images: count },
  );
  return createRun({ directory, resolved, environment });
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;

/** Train a run, new or resumed, telling its progress; after Ctrl-C, how to go on. */
export async function trainWithProgress(
  io: Io,
  run: Run,
  { engine, setup }: Session,
  how: { readonly resume: boolean },
): Promise<RunOutcome> {
  const progress = createProgress(io.stderr, { label: run.directory, unit: 'steps' });
  let total = 0;
  const outcome = await trainRun(
    {
      run,
      setup,
      engine,
      signal: io.signal,
      onStep({ step, steps, loss }) {
        total = steps;
        progress.update(step, steps, `loss ${loss.toFixed(3)}`);
      },
      onEpoch({ epoch, train, validation }) {
        const passes = Object.entries(train.passes).map(
          ([name, { accuracy }]) => `${name} ${percent(accuracy)}`,
        );
        const judged = validation
          ? `; validation: clean ${percent(validation.clean)}, robust ${percent(validation.robust)}`
          : '';
        progress.note(
          `epoch ${epoch}/${setup.epochs}  loss ${train.loss.toFixed(3)}  train: ${passes.join(', ')}${judged}`,
        );
      },
    },
    how,
  ).finally(() => {
    if (total > 0) progress.finish();
  });
  if (outcome.ended === 'interrupted')
    io.stderr.write(`interrupted; go on with: dualbn resume ${run.directory}\n`);
  return outcome;
}

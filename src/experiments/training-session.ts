/**
 * What a training needs before its first step: the data, the engine, the run directory, and what the configuration asks for
 * beside training: records of the domain gap.
 */
import { dirname, resolve } from 'node:path';
import { gapProbe } from '../analysis/index.ts';
import type { Configuration, ResolvedConfiguration } from '../configuration/index.ts';
import { type Dataset, gather } from '../data/index.ts';
import { createEngine, type Engine, type EngineOptions, engineNames } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { permutation } from '../random/index.ts';
import {
  conditionsOf,
  createRun,
  type DataOrigin,
  type Datasets,
  describeEnvironment,
  type GivenSetup,
  loadData,
  loadStart,
  type Run,
  refuseImported,
  refuseMissingData,
  refuseMissingParts,
  trainingSetup,
} from '../runs/index.ts';
import { type Callback, evaluationCells, type TrainingSetup } from '../training/index.ts';

/** Everything a run needs, made and checked before anything is written. */
export interface Session {
  readonly engine: Engine;
  readonly dataset: Dataset;
  readonly setup: TrainingSetup;
  /** What the configuration asks for besides training. */
  readonly callbacks: readonly Callback[];
  /** Those handed in, if any. */
  readonly datasets?: Datasets | undefined;
  /** Handed in in place of what the configuration names. */
  readonly given: GivenSetup;
}

export interface SessionOptions extends DataOrigin, Pick<EngineOptions, 'announce'> {
  /** In place of what the configuration names. */
  readonly given?: GivenSetup | undefined;
}

/** Load the data, or take those handed in, check that the network fits them, and start the engine. */
export async function openSession(configuration: Configuration, options: SessionOptions): Promise<Session> {
  const { announce, given = {} } = options;
  const dataset = await loadData(configuration, 'train', options);
  const setup = trainingSetup(configuration, dataset, given);
  const gap = gapCallback(configuration, setup);
  return {
    engine: await createEngine({ ...configuration.engine, ...(announce && { announce }) }),
    dataset,
    setup,
    callbacks: gap ? [gap] : [],
    datasets: options.datasets,
    given,
  };
}

export interface ResumeOptions extends SessionOptions {
  /** Use what this machine has, rather than what the run was trained with. */
  readonly acceptChanges?: boolean;
}

/** The session of a run that is there: where its configuration leaves the engine open, it is the one recorded. */
export async function resumeSession(
  run: Run,
  { acceptChanges = false, ...options }: ResumeOptions,
): Promise<Session> {
  const { configuration, environment } = run;
  refuseImported(run);
  refuseMissingData(run, 'train', options);
  refuseMissingParts(run, options.given ?? {});
  const engine = acceptChanges ? configuration.engine : recordedEngine(configuration, environment);
  return openSession({ ...configuration, engine }, options);
}

function recordedEngine(
  { engine }: Configuration,
  { engine: began, history }: Run['environment'],
): Configuration['engine'] {
  const recorded = history?.at(-1)?.engine ?? began;
  const name = engineNames.find((each) => each === recorded.name);
  const { threads } = recorded;
  return {
    ...engine,
    ...(engine.name === 'auto' && name ? { name } : {}),
    ...(engine.threads === 'auto' && typeof threads === 'number' ? { threads } : {}),
  };
}

/**
 * Make the run directory of a session; `directory` is where, unless the configuration's own name is to do. What the run is to
 * start from is looked at first, so that nothing is made where it does not fit.
 */
export async function beginRun(
  { engine, dataset, setup, datasets, given }: Session,
  resolved: ResolvedConfiguration,
  directory?: string,
): Promise<Run> {
  const conditions = conditionsOf(engine, dataset);
  const test = datasets?.test;
  const environment = await describeEnvironment(conditions.engine, {
    ...conditions.data,
    // Nobody can load these by name again: who evaluates the run hands in the same.
    ...(datasets?.train && { inMemory: true }),
    ...(test && { testChecksum: test.checksum }),
  });
  const beside = directory === undefined ? undefined : dirname(resolve(directory));
  const start = await loadStart(resolved.configuration, setup.network, beside);
  const parts = Object.keys(given).sort();
  return createRun({
    directory,
    resolved,
    environment: parts.length > 0 ? { ...environment, given: parts } : environment,
    start: start?.origin,
  });
}

/**
 * The domain gap during training: every so many steps, on two fixed batches of training images, as records of kind `gap` in the
 * metrics. It reads the network and writes nothing, so that the training has the same bits with it and without. Undefined where
 * the configuration asks for none.
 *
 * @throws InputError where the gap cannot be measured: too few images, or a network without NS.
 */
export function gapCallback(
  { analysis: { gapEverySteps, gapBatchSize } }: Pick<Configuration, 'analysis'>,
  { seed, dataset, train, network, attack, regime }: TrainingSetup,
): Callback | undefined {
  if (gapEverySteps === 0) return undefined;
  if (2 * gapBatchSize > train.length)
    throw new InputError(
      `analysis.gapBatchSize asks for two batches of ${gapBatchSize} training images; there are ${train.length}`,
    );
  if (!network.variables.some(({ role }) => role === 'statistic'))
    throw new InputError(
      'analysis.gapEverySteps: this network has no normalization statistics (NS); set it to 0',
    );
  let probe: ReturnType<typeof gapProbe> | undefined;
  return {
    onStart({ engine }) {
      const order = permutation({ seed, purpose: 'shuffle' }, train.length).slice(0, 2 * gapBatchSize);
      const examples = gather(
        dataset,
        order.map((at) => train[at]),
      );
      const cells = evaluationCells(regime);
      probe = gapProbe({ engine, network, examples, attack, evaluationCells: cells, seed });
    },
    async onStep({ step }, { record }) {
      if (probe && step % gapEverySteps === 0) record('gap', await probe());
    },
    async onEnd() {
      await probe?.dispose();
      probe = undefined;
    },
  };
}

/** What a training needs before its first step: the data, the engine, and the run directory. */
import type { Configuration, ResolvedConfiguration } from '../configuration/index.ts';
import type { Dataset, LoadOptions } from '../data/index.ts';
import { createEngine, type EngineOptions } from '../engines/create.ts';
import type { Engine } from '../engines/engine.ts';
import {
  createRun,
  describeEnvironment,
  loadData,
  loadStart,
  type Run,
  trainingSetup,
} from '../runs/index.ts';
import type { TrainingSetup } from '../training/index.ts';

/** Everything a run needs, made and checked before anything is written. */
export interface Session {
  readonly engine: Engine;
  readonly dataset: Dataset;
  readonly setup: TrainingSetup;
}

export type SessionOptions = LoadOptions & Pick<EngineOptions, 'announce'>;

/** Load the data, check that the network fits it, and start the engine. */
export async function openSession(configuration: Configuration, options: SessionOptions): Promise<Session> {
  const { announce } = options;
  const dataset = await loadData(configuration, 'train', options);
  const setup = trainingSetup(configuration, dataset);
  return {
    engine: await createEngine({ ...configuration.engine, ...(announce && { announce }) }),
    dataset,
    setup,
  };
}

/**
 * Make the run directory of a session; `directory` is where, unless the configuration's own name is to do. What the run is to
 * start from is looked at first, so that nothing is made where it does not fit.
 */
export async function beginRun(
  { engine, dataset, setup }: Session,
  resolved: ResolvedConfiguration,
  directory?: string,
): Promise<Run> {
  const { settings, ...described } = engine.describe();
  const { name, checksum, count } = dataset;
  const environment = await describeEnvironment(
    { ...described, ...settings },
    { name, checksum, images: count },
  );
  const start = await loadStart(resolved.configuration, setup.network);
  return createRun({ directory, resolved, environment, start: start?.origin });
}

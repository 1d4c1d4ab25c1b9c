/** A run's network with its trained values in an engine: what is evaluated, exported and looked into. */
import type { Dataset, LoadOptions } from '../data/index.ts';
import type { Engine } from '../engines/engine.ts';
import type { Network } from '../nn/index.ts';
import type { CheckpointName } from './layout.ts';
import { loadRunCheckpoint, type Run } from './open-run.ts';
import { loadData, networkFor } from './setup.ts';
import { isOptimizerTensor, restore, shapesOf } from './training-state.ts';

export interface Trained {
  readonly network: Network;
  /** The test split of the run's data. */
  readonly test: Dataset;
  /** Whole epochs the values were trained for. */
  readonly epoch: number;
  /** Optimizer steps they were trained for. */
  readonly step: number;
}

/** Load a checkpoint into an engine, with the test data it is evaluationCells on. @throws InputError as loadRunCheckpoint. */
export async function loadTrained(
  run: Run,
  engine: Engine,
  { checkpoint = 'last', ...options }: LoadOptions & { readonly checkpoint?: CheckpointName } = {},
): Promise<Trained> {
  const test = await loadData(run.configuration, 'test', options);
  const network = networkFor(run.configuration, test);
  const { tensors, metadata } = await loadRunCheckpoint(
    run,
    checkpoint,
    shapesOf(network.variables),
    isOptimizerTensor,
  );
  restore(engine, network.variables, tensors);
  return { network, test, epoch: metadata.position.epoch, step: metadata.step };
}

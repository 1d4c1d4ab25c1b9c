/**
 * Training in a run directory: the loop is the training room's, the files are this room's. A new run and one that is
 * resumed differ only in where they begin.
 */

import type { Configuration } from '../configuration/index.ts';
import type { Engine } from '../engines/engine.ts';
import { removeUnfinishedWrites } from '../files/index.ts';
import {
  createTrainer,
  type EpochReport,
  type Listener,
  type Position,
  type StepReport,
  type TrainingSetup,
} from '../training/index.ts';
import { type CheckpointMetadata, writeCheckpoint } from './checkpoint.ts';
import { gapRecords } from './gap-records.ts';
import { type CheckpointName, checkpointPath } from './layout.ts';
import { acquireLock } from './lock.ts';
import { type MetricRecord, openMetrics, refreshSummary } from './metrics.ts';
import { loadRunCheckpoint, type Run } from './open-run.ts';
import { loadStart } from './start.ts';
import { collect, restore, shapesOf } from './training-state.ts';

type Best = CheckpointMetadata['best'];

export interface RunTraining {
  readonly run: Run;
  readonly setup: TrainingSetup;
  readonly engine: Engine;
  readonly signal?: AbortSignal;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void;
}

export interface RunOutcome {
  readonly ended: 'done' | 'interrupted';
  /** Epochs done. */
  readonly epoch: number;
}

// Records a step often enough to draw a curve from, seldom enough to stay small.
const recordsPerEpoch = 20;

/** Begin a run (`resume: false`) or continue it from its last checkpoint. Writes metrics, checkpoints and summary. */
export async function trainRun(
  training: RunTraining,
  { resume }: { readonly resume: boolean },
): Promise<RunOutcome> {
  const { run, setup, engine, signal } = training;
  const lock = await acquireLock(run.paths.lock);
  try {
    // What a killed process left half written; nobody else writes here while the lock is held.
    for (const folder of [run.directory, run.paths.checkpoints]) await removeUnfinishedWrites(folder);
    const trainer = await createTrainer(setup, engine);
    const stored = resume ? await loadRunCheckpoint(run, 'last', shapesOf(trainer.variables)) : undefined;
    if (stored) restore(engine, trainer.variables, stored.tensors);
    else trainer.initialize((await loadStart(run.configuration, setup.network))?.values);
    const from = stored?.metadata.position ?? trainer.start;
    const gaps = gapRecords(run.configuration, setup, engine);
    const metrics = openMetrics(run.paths.metrics, stored?.metadata.metricsBytes ?? 0);
    let best: Best = stored?.metadata.best ?? null;

    const save = async (name: CheckpointName, position: Position) => {
      metrics.sync();
      const variables = name === 'best' ? setup.network.variables : trainer.variables;
      await writeCheckpoint(checkpointPath(run.directory, name), collect(engine, variables), {
        configuration: run.hash,
        position,
        step: position.epoch * trainer.stepsPerEpoch + position.batch,
        metricsBytes: metrics.bytes,
        best,
      });
    };

    const every = Math.max(1, Math.floor(trainer.stepsPerEpoch / recordsPerEpoch));
    let began = performance.now();
    const listener: Listener = {
      async onStep(report) {
        if (report.step % every === 0) metrics.append(stepRecord(report));
        const gap = await gaps.after(report);
        if (gap) metrics.append(gap);
        training.onStep?.(report);
      },
      async onEpoch(report, position) {
        metrics.append(epochRecord(report, (performance.now() - began) / 1000));
        began = performance.now();
        const better = improves(run.configuration, report, best);
        if (better) best = better;
        if (better) await save('best', position);
        const { epochs, checkpoint } = run.configuration;
        if (report.epoch === epochs || report.epoch % checkpoint.everyEpochs === 0)
          await save('last', position);
        await refreshSummary(run.paths.summary, run.paths.metrics);
        training.onEpoch?.(report);
      },
    };
    try {
      // What a run starts from is a checkpoint too: a cut before the first epoch loses nothing.
      if (!stored) await save('last', trainer.start);
      const { ended, position } = await trainer.run(from, listener, signal);
      if (ended === 'interrupted') await save('last', position);
      return { ended, epoch: position.epoch };
    } finally {
      metrics.close();
      await gaps.dispose();
    }
  } finally {
    await lock.release();
  }
}

function stepRecord({ epoch, step, learningRate, loss }: StepReport): MetricRecord {
  return { kind: 'step', epoch, step, learningRate, loss };
}

function epochRecord(
  { epoch, step, learningRate, train, validation }: EpochReport,
  seconds: number,
): MetricRecord {
  const ofPasses = Object.entries(train.passes).flatMap(([name, pass]) => [
    [`train.${name}.loss`, pass.loss],
    [`train.${name}.accuracy`, pass.accuracy],
  ]);
  const evaluationCells = validation
    ? { 'validation.clean': validation.clean, 'validation.robust': validation.robust }
    : {};
  return {
    kind: 'epoch',
    epoch: epoch - 1,
    step,
    learningRate,
    'train.loss': train.loss,
    ...Object.fromEntries(ofPasses),
    ...evaluationCells,
    seconds,
  };
}

/** The new best, if this epoch's validation is one. The first of equals stays. */
function improves({ checkpoint }: Configuration, { epoch, validation }: EpochReport, best: Best): Best {
  if (checkpoint.best === 'none' || !validation) return null;
  const value = validation[checkpoint.best];
  return best && value <= best.value ? null : { metric: checkpoint.best, value, epoch: epoch - 1 };
}

/**
 * Training in a run directory: the loop is the training room's, the files are this room's. A new run and one that is
 * resumed differ only in where they begin.
 */

import { dirname, resolve } from 'node:path';
import type { Configuration } from '../configuration/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { kindOf, readableJson, readJson, removeUnfinishedWrites, writeAtomically } from '../files/index.ts';
import {
  type Callback,
  createTrainer,
  type EpochReport,
  type Outcome,
  type Position,
  type StepReport,
  type TrainingSetup,
} from '../training/index.ts';
import { type CheckpointMetadata, writeCheckpoint } from './checkpoint.ts';
import {
  type Change,
  type Conditions,
  conditionsOf,
  type Difference,
  differencesFrom,
  differenceText,
  type Environment,
  environmentSchema,
} from './environment.ts';
import { acquireLock } from './lock.ts';
import { hasRecords, type MetricRecord, openMetrics, refreshSummary } from './metrics.ts';
import {
  type CheckpointName,
  checkpointPath,
  loadRunCheckpoint,
  noteOf,
  type Run,
  refuseStrayParts,
} from './run.ts';
import { collect, restore, shapesOf } from './state.ts';
import { loadStart } from './trained.ts';

type Best = CheckpointMetadata['best'];

export interface RunTraining {
  readonly run: Run;
  readonly setup: TrainingSetup;
  readonly engine: Engine;
  readonly signal?: AbortSignal;
  /** Told after a step's and an epoch's own record is written, and before the epoch's checkpoint. */
  readonly callbacks?: readonly Callback[];
  /** Told in a line what should be known of the checkpoint. */
  readonly announce?: ((line: string) => void) | undefined;
}

export interface TrainingStart {
  /** Continue from the last checkpoint; a run that was cut before its first one begins. */
  readonly resume: boolean;
  /**
   * Go on where the engine or the data are not what they were: recorded in environment.json and the metrics, and no longer
   * the same bits as of a run that was never cut.
   */
  readonly acceptChanges?: boolean;
}

export interface RunOutcome {
  readonly ended: Outcome['ended'];
  /** Why a callback stopped it. */
  readonly reason?: string;
  /** Epochs done. */
  readonly epoch: number;
}

// Records a step often enough to draw a curve from, seldom enough to stay small.
const recordsPerEpoch = 20;

/**
 * Begin a run (`resume: false`) or continue it from its last checkpoint. Writes metrics, checkpoints and summary.
 *
 * @throws InputError before anything is written: 'taken' if another process trains it, or if it is to begin and has begun
 *   already; 'mismatch' if the engine or the data are not those it was trained with, listing each difference; as
 *   loadRunCheckpoint where its checkpoint is missing or damaged.
 */
export async function trainRun(
  training: RunTraining,
  { resume, acceptChanges = false }: TrainingStart,
): Promise<RunOutcome> {
  const { run, setup, engine, signal } = training;
  refuseStrayParts(run.directory);
  const lock = await acquireLock(run.paths.lock);
  try {
    const begins = await beginsNow(run, resume);
    // Read again: whoever held the lock before may have changed it.
    const environment = readJson(run.paths.environment, environmentSchema);
    const conditions = conditionsOf(engine, setup.dataset);
    const changes = changesOf(run, environment, conditions, acceptChanges);
    await removeLeavings(run);
    const trainer = await createTrainer(setup, engine);
    const stored = begins ? undefined : await loadRunCheckpoint(run, 'last', shapesOf(trainer.variables));
    if (stored) restore(engine, trainer.variables, stored.tensors);
    else
      trainer.initialize(
        (await loadStart(run.configuration, setup.network, dirname(resolve(run.directory))))?.values,
      );
    const note = stored && noteOf(run, stored);
    if (note !== undefined) training.announce?.(note);
    const from = stored?.metadata.position ?? trainer.start;
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
    const recording: Callback = {
      onStep(report) {
        if (report.step % every === 0) metrics.append(stepRecord(report));
      },
      onEpoch(report) {
        metrics.append(epochRecord(report, (performance.now() - began) / 1000));
        began = performance.now();
      },
      onRecord: ({ kind, epoch, step, values }) => metrics.append({ kind, epoch, step, ...values }),
    };
    // Last, so that what the others recorded belongs to the checkpoint.
    const saving: Callback = {
      async onEpoch(report, { position }) {
        const better = improves(run.configuration, report, best);
        if (better) best = better;
        if (better) await save('best', position);
        const { epochs, checkpoint } = run.configuration;
        if (report.epoch === epochs || report.epoch % checkpoint.everyEpochs === 0)
          await save('last', position);
        await refreshSummary(run.paths.summary, run.paths.metrics);
      },
    };
    const callbacks = [recording, ...(training.callbacks ?? []), saving];
    try {
      if (changes.length > 0) {
        const moment = { epoch: from.epoch, step: from.epoch * trainer.stepsPerEpoch + from.batch };
        metrics.append({
          kind: 'warning',
          ...moment,
          message: `resumed with changes: ${changesText(changes)}`,
        });
        await recordChanges(run, environment, { ...moment, changes, ...conditions });
      }
      // What a run starts from is a checkpoint too: a cut before the first epoch loses nothing.
      if (!stored || changes.length > 0) await save('last', from);
      const { ended, reason, position } = await trainer.run({ from, callbacks, signal });
      if (ended !== 'done') await save('last', position);
      return { ended, ...(reason === undefined ? {} : { reason }), epoch: position.epoch };
    } finally {
      metrics.close();
    }
  } finally {
    await lock.release();
  }
}

/**
 * Whether training begins, rather than continues.
 *
 * @throws InputError if it is to begin where there is something to lose, or to continue where the last checkpoint is gone.
 */
async function beginsNow(run: Run, resume: boolean): Promise<boolean> {
  const { directory, paths } = run;
  refuseImported(run);
  const has = (name: CheckpointName) => kindOf(checkpointPath(directory, name)) !== undefined;
  if (resume && has('last')) return false;
  const isEmpty = !has('last') && !has('best') && !(await hasRecords(paths.metrics));
  if (isEmpty) return true;
  throw resume
    ? new InputError(
        `${directory} has no checkpoint 'last' (${checkpointPath(directory, 'last')}), and was trained already: ` +
          'put back a copy of it, or train again',
        [],
        { code: 'not-found' },
      )
    : new InputError(
        `${directory} was trained already: continue it (dualbn resume ${directory}), or train in another directory`,
        [],
        { code: 'taken' },
      );
}

/** @throws InputError for a run that holds weights from elsewhere: there is no state of training. */
export function refuseImported({ directory, environment: { engine } }: Run): void {
  if (engine.imported !== undefined)
    throw new InputError(
      `${directory} was imported from ${engine.imported}, and has no training to go on with`,
    );
}

/** What is not as it was recorded. @throws InputError that lists it, unless it is accepted. */
function changesOf(
  { directory }: Run,
  environment: Environment,
  conditions: Conditions,
  isAccepted: boolean,
): Difference[] {
  const changes = differencesFrom(environment, conditions);
  if (changes.length === 0 || isAccepted) return changes;
  throw new InputError(
    `${directory} was trained with another engine or other data, so it would not go on to the same bits; ` +
      'resume it with what is recorded, or accept the changes (--accept-changes):',
    changes.map(({ what, recorded, now }) => ({ where: what, what: `recorded ${recorded}, now ${now}` })),
    { code: 'mismatch' },
  );
}

const changesText = (changes: readonly Difference[]) => changes.map(differenceText).join('; ');

async function recordChanges(
  { paths }: Run,
  environment: Environment,
  change: Omit<Change, 'resumed'>,
): Promise<void> {
  const history = [...(environment.history ?? []), { resumed: new Date().toISOString(), ...change }];
  await writeAtomically(paths.environment, readableJson({ ...environment, history }));
}

/** Evaluations and analyses hold no lock: what one of them is writing now is no leaving. */
const aWhile = 60 * 60 * 1000;

/** What killed processes left half written. The lock must be held. */
async function removeLeavings({ directory, paths }: Run): Promise<void> {
  for (const folder of [directory, paths.checkpoints]) await removeUnfinishedWrites(folder);
  for (const folder of [paths.evaluations, paths.analyses]) await removeUnfinishedWrites(folder, aWhile);
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
    ? {
        'validation.clean': validation.clean,
        'validation.robust': validation.robust,
        ...(validation.nonFinite > 0 ? { 'validation.nonFinite': validation.nonFinite } : {}),
      }
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

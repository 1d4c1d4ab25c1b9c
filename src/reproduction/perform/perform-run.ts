/**
 * One run of a plan, from whatever is there to all that is asked of it: trained or resumed, then measured. Each piece that
 * is on disk is left as it is, so that being cut costs no more than the epoch or the measurement that was under way.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { configurationHash } from '../../configuration/index.ts';
import { createEngine } from '../../engines/index.ts';
import { DualbnError, InputError } from '../../errors.ts';
import { beginRun, openSession, resumeSession } from '../../experiments/index.ts';
import {
  acquireLock,
  checkpointPath,
  type Lock,
  openRun,
  type Run,
  readCheckpoint,
  trainRun,
} from '../../runs/index.ts';
import type { Callback } from '../../training/index.ts';
import { claims } from '../hypotheses/paper-claims.ts';
import { questions } from '../hypotheses/questions.ts';
import { ruleHashes } from '../hypotheses/rule-hash.ts';
import type { PlannedRun } from '../plan.ts';
import { costOf } from '../plan-costs.ts';
import { measure } from '../results/measurements.ts';
import {
  isMeasured,
  type ResultsPlace,
  type RunResults,
  readResults,
  runDirectory,
  runFileWriter,
  writeRules,
} from '../results/run-results.ts';

/** Where a reproduction is made. */
export interface Workplace extends ResultsPlace {
  readonly signal: AbortSignal;
  /** How long to wait, in milliseconds, for another process that works on the run. Default 45 seconds. */
  readonly patience?: number;
}

/** `done` of the run's cost, in image passes, and what is being done. */
export type OnWork = (done: number, doing: string) => void;

export interface RunState {
  /** Nothing is left to do. */
  readonly done: boolean;
  /** How much of the cost is behind us. */
  readonly behind: number;
  /** Of a run that is trained. */
  readonly results?: RunResults;
  /** Why the run that is there cannot be used. */
  readonly problem?: string;
}

/**
 * What is wrong with the run's directory is part of the answer.
 *
 * @throws InputError for its file, as readResults: what was measured elsewhere is not passed over in silence.
 */
export async function stateOf(
  planned: PlannedRun,
  where: ResultsPlace,
  writeFile = runFileWriter(where),
): Promise<RunState> {
  const place = runDirectory(where.directory, planned);
  const notes: string[] = [];
  try {
    if (existsSync(place)) {
      if (!(await isTrained(openPlanned(place, planned)))) return { done: false, behind: 0 };
      notes.push(...(await writeFile(planned)));
    }
  } catch (error) {
    if (!(error instanceof DualbnError)) throw error;
    return { done: false, behind: 0, problem: error.message };
  }
  // Without a directory, of a run of another machine.
  const found = readResults(where, planned);
  if (!found) return { done: false, behind: 0 };
  const results = { ...found, notes: [...notes, ...found.notes] };
  const left = planned.measurements.filter((measurement) => !isMeasured(results, measurement));
  const behind = costOf(planned) - left.reduce((sum, { cost }) => sum + cost, 0);
  return { done: left.length === 0, behind, results };
}

/** @throws InputError where the run that is there is another one, and as training and measuring do. */
export async function performRun(
  planned: PlannedRun,
  workplace: Workplace,
  onWork: OnWork,
): Promise<'done' | 'interrupted'> {
  let lock: Lock | undefined;
  try {
    lock = await lockRun(planned, workplace, () => onWork(0, 'waiting for another process that works on it'));
    return await performLocked(planned, workplace, onWork);
  } catch (error) {
    if (workplace.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    await lock?.release();
  }
}

async function performLocked(
  planned: PlannedRun,
  workplace: Workplace,
  onWork: OnWork,
): Promise<'done' | 'interrupted'> {
  const { directory, scale, loading, signal } = workplace;
  const place = runDirectory(directory, planned);
  const { configuration } = planned.resolved;
  let behind = 0;
  const advance = (cost: number, doing: string) => {
    const from = behind;
    behind += cost;
    return (share: number) => onWork(from + share * cost, doing);
  };

  const report = advance(planned.trainingCost, 'training');
  if (planned.start && !(await isThere(planned.start, workplace))) {
    const { start } = planned;
    const doing = `training ${start.name}, from which it starts`;
    // Whoever trains it may take as long as that takes.
    const lock = await lockRun(start, { ...workplace, patience: Number.POSITIVE_INFINITY }, () =>
      onWork(0, `waiting for ${start.name}, from which it starts`),
    );
    try {
      const ended = await trainPlanned(start, workplace, () => onWork(0, doing));
      if (ended === 'interrupted') return ended;
    } finally {
      await lock.release();
    }
  }
  if ((await trainPlanned(planned, workplace, report)) === 'interrupted') return 'interrupted';
  report(1);
  const run = openPlanned(place, planned);

  const writeFile = runFileWriter(workplace);
  await writeFile(planned);
  const results = readResults(workplace, planned);
  const engine = await createEngine(configuration.engine);
  try {
    for (const measurement of planned.measurements) {
      const onShare = advance(measurement.cost, `${measurement.what} at ${measurement.epsilon}`);
      if (!isMeasured(results, measurement))
        await measure(run, engine, measurement, scale, { ...loading, signal, onShare });
      onShare(1);
    }
  } finally {
    await engine.dispose();
  }
  await writeFile(planned);
  return 'done';
}

const isThere = async (planned: PlannedRun, { directory }: Workplace): Promise<boolean> => {
  const place = runDirectory(directory, planned);
  return existsSync(place) && (await isTrained(openPlanned(place, planned)));
};

/** Trains what is not trained, from where it was cut. */
async function trainPlanned(
  planned: PlannedRun,
  { directory, scale, loading, signal }: Workplace,
  report: (share: number) => void,
): Promise<'done' | 'interrupted'> {
  const place = runDirectory(directory, planned);
  const { configuration } = planned.resolved;
  let run = existsSync(place) ? openPlanned(place, planned) : undefined;
  if (run && (await isTrained(run))) return 'done';
  // One that was cut before its first checkpoint begins anew.
  const resume = run !== undefined;
  const options = { ...loading, signal };
  const session = run ? await resumeSession(run, options) : await openSession(configuration, options);
  const progress: Callback = { onStep: ({ step, steps }) => report(step / steps) };
  try {
    if (!run) {
      run = await beginRun(session, planned.resolved, place);
      await writeRules(run, ruleHashes([...claims, ...questions], scale, configuration.data.dataset));
    }
    const outcome = await trainRun(
      { run, ...session, signal, callbacks: [...session.callbacks, progress] },
      { resume },
    );
    return outcome.ended === 'interrupted' ? 'interrupted' : 'done';
  } finally {
    await session.engine.dispose();
  }
}

/**
 * One process a run, also while it measures. The child of a reproduction that was killed works on for some seconds until its
 * checkpoint is written: whoever starts the reproduction again waits for it.
 */
async function lockRun(
  { name }: PlannedRun,
  { directory, signal, patience = 45_000 }: Workplace,
  onWait: () => void,
): Promise<Lock> {
  const path = join(directory, `${name}.lock`);
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await acquireLock(path);
    } catch (error) {
      if (!(error instanceof InputError) || error.code !== 'taken' || Date.now() > deadline) throw error;
    }
    onWait();
    await setTimeout(500, undefined, { signal });
  }
}

/** The run that is there, if it is the one that is planned. */
function openPlanned(place: string, { resolved }: PlannedRun): Run {
  const run = openRun(place);
  if (run.hash !== configurationHash(resolved.configuration))
    throw new InputError(
      `${place} was trained with another configuration than this reproduction's (${run.hash}, not ` +
        `${configurationHash(resolved.configuration)}): give another directory with --dir`,
      [],
      { code: 'mismatch' },
    );
  return run;
}

async function isTrained({ directory, configuration }: Run): Promise<boolean> {
  const path = checkpointPath(directory, 'last');
  if (!existsSync(path)) return false;
  return (await readCheckpoint(path)).metadata.position.epoch === configuration.epochs;
}

/**
 * One run of a plan, from whatever is there to all that is asked of it: trained or resumed, then measured. Each piece that
 * is on disk is left as it is, so that being cut costs no more than the epoch or the measurement that was under way.
 */
import { existsSync } from 'node:fs';
import { analysisNamed } from '../analysis/index.ts';
import { configurationHash } from '../configuration/index.ts';
import type { LoadOptions } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { createEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { analyzeRun, beginRun, evaluateRun, openSession, planEvaluation } from '../experiments/index.ts';
import { checkpointPath, openRun, type Run, readCheckpoint, trainRun } from '../runs/index.ts';
import type { Callback } from '../training/index.ts';
import { findingOf, isMeasured, runDirectory } from './findings.ts';
import type { Measurement, PlannedRun } from './plan.ts';
import { analysisOptions, type Scale } from './scales.ts';

/** Where a reproduction is made. */
export interface Workplace {
  readonly directory: string;
  readonly scale: Scale;
  /** Where data are looked for. */
  readonly loading: Pick<LoadOptions, 'directory' | 'environment'>;
  readonly signal: AbortSignal;
}

/** `done` of the run's cost, in image passes, and what is being done. */
export type OnWork = (done: number, doing: string) => void;

export const costOf = ({ trainingCost, measurements }: PlannedRun): number =>
  measurements.reduce((sum, { cost }) => sum + cost, trainingCost);

/** Whether nothing is left to do, and how much of the cost is behind us. */
export async function stateOf(
  planned: PlannedRun,
  { directory, scale }: Pick<Workplace, 'directory' | 'scale'>,
): Promise<{ readonly done: boolean; readonly behind: number }> {
  const place = runDirectory(directory, planned);
  if (!existsSync(place)) return { done: false, behind: 0 };
  if (!(await isTrained(openPlanned(place, planned)))) return { done: false, behind: 0 };
  const finding = findingOf(directory, planned, scale);
  const left = planned.measurements.filter((measurement) => !isMeasured(finding, measurement));
  const behind = costOf(planned) - left.reduce((sum, { cost }) => sum + cost, 0);
  return { done: left.length === 0, behind };
}

/** @throws InputError where the run that is there is another one, and as training and measuring do. */
export async function performRun(
  planned: PlannedRun,
  { directory, scale, loading, signal }: Workplace,
  onWork: OnWork,
): Promise<'done' | 'interrupted'> {
  const place = runDirectory(directory, planned);
  const { configuration } = planned.resolved;
  const existing = existsSync(place) ? openPlanned(place, planned) : undefined;
  let behind = 0;
  const advance = (cost: number, doing: string) => {
    const from = behind;
    behind += cost;
    return (share: number) => onWork(from + share * cost, doing);
  };

  const report = advance(planned.trainingCost, 'training');
  let run = existing;
  if (!run || !(await isTrained(run))) {
    const session = await openSession(configuration, { ...loading, signal });
    run ??= await beginRun(session, planned.resolved, place);
    const progress: Callback = { onStep: ({ step, steps }) => report(step / steps) };
    try {
      const outcome = await trainRun(
        { run, ...session, signal, callbacks: [...session.callbacks, progress] },
        { resume: existing !== undefined },
      );
      if (outcome.ended === 'interrupted') return 'interrupted';
    } finally {
      await session.engine.dispose();
    }
  }
  report(1);

  const engine = await createEngine(configuration.engine);
  try {
    for (const measurement of planned.measurements) {
      const measured = advance(measurement.cost, `${measurement.what} at ${measurement.epsilon}`);
      if (!isMeasured(findingOf(directory, planned, scale), measurement))
        await measure(run, engine, measurement, scale, { ...loading, signal }, measured);
      measured(1);
    }
  } catch (error) {
    if (signal.aborted) return 'interrupted';
    throw error;
  } finally {
    await engine.dispose();
  }
  return 'done';
}

/** The run that is there, if it is the one that is planned. */
function openPlanned(place: string, { resolved }: PlannedRun): Run {
  const run = openRun(place);
  if (run.hash !== configurationHash(resolved.configuration))
    throw new InputError(
      `${place} was trained with another configuration than this reproduction's (${run.hash}, not ` +
        `${configurationHash(resolved.configuration)}): give another directory with --dir`,
    );
  return run;
}

async function isTrained({ directory, configuration }: Run): Promise<boolean> {
  const path = checkpointPath(directory, 'last');
  if (!existsSync(path)) return false;
  return (await readCheckpoint(path)).metadata.position.epoch === configuration.epochs;
}

async function measure(
  run: Run,
  engine: Engine,
  { what, epsilon }: Measurement,
  scale: Scale,
  loading: LoadOptions,
  onShare: (share: number) => void,
): Promise<void> {
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) =>
    onShare(done / total);
  if (what === 'evaluate') {
    const { attack, examples } = scale;
    const plan = planEvaluation(run.configuration, { attacks: [attack], epsilon });
    await evaluateRun(run, engine, { ...plan, examples: examples.evaluated }, { ...loading, onProgress });
    return;
  }
  const definition = analysisNamed(what);
  if (!definition) throw new RangeError(`there is no analysis ${what}`);
  await analyzeRun(run, engine, definition, analysisOptions(scale, epsilon)[what], {
    ...loading,
    onProgress,
  });
}

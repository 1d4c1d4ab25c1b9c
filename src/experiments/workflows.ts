/**
 * The workflows in a call each, for programs: train, evaluate, analyze, report. Each makes an engine unless it is given one,
 * and gives back what it made. What they are made of (sessions, plans, documents) is in the files beside.
 *
 *   const datasets = { train: datasetFrom({ ... }), test: datasetFrom({ ..., split: 'test' }) };
 *   const { run } = await train({ preset: 'small', settings: { epochs: 2 }, datasets, directory: 'runs/mine' });
 *   const { document } = await evaluate(run, { attacks: ['pgd-20'], epsilon: '8/255', datasets });
 *   await writeFile('report.html', await htmlReport([run]));
 */
import { basename, resolve as resolvePath } from 'node:path';
import type { z } from 'zod';
import type { AnalysisDefinition, AnalysisDocumentOf } from '../analysis/index.ts';
import { packageVersion, type ResolvedConfiguration, resolveConfiguration } from '../configuration/index.ts';
import { createEngine, type Engine } from '../engines/index.ts';
import { renderReport } from '../report/index.ts';
import { type Run, type RunOutcome, trainRun } from '../runs/index.ts';
import type { Callback } from '../training/index.ts';
import { type AnalysisSettings, type AnalyzedRun, analyzeRun } from './analyze-run.ts';
import {
  type EvaluatedRun,
  type EvaluationRequest,
  type EvaluationSettings,
  evaluateRun,
  planEvaluation,
} from './evaluate-run.ts';
import { reportRuns } from './report-run.ts';
import {
  beginRun,
  openSession,
  resumeSession,
  type Session,
  type SessionOptions,
} from './training-session.ts';

/** Keys of the configuration with their values, nested as in a file: { epochs: 2, network: { name: 'resnet8' } }. */
export interface Settings {
  readonly [key: string]: unknown;
}

export interface TrainRequest extends SessionOptions {
  /** A preset's name or the path of a YAML file; without one, the defaults. */
  readonly preset?: string;
  /** What differs from it. Where data are handed in, `data.dataset` need not be said. */
  readonly settings?: Settings;
  /** The run directory, which must not be there yet; runs/ and what is trained unless said otherwise. */
  readonly directory?: string;
  readonly callbacks?: readonly Callback[];
  readonly signal?: AbortSignal;
}

export interface TrainedRun extends RunOutcome {
  readonly run: Run;
}

/**
 * Train a network in a new run directory.
 *
 * @throws InputError for all that is wrong with the request, before anything is written; RunError where training fails.
 */
export async function train({
  preset,
  settings = {},
  directory,
  callbacks = [],
  signal,
  ...options
}: TrainRequest): Promise<TrainedRun> {
  const named = options.datasets?.train?.name;
  const overrides = overridesOf(named === undefined ? settings : withDataset(settings, named));
  const resolved: ResolvedConfiguration = resolveConfiguration({
    ...(preset === undefined ? {} : { preset }),
    overrides,
  });
  const session = await openSession(resolved.configuration, { ...options, ...(signal ? { signal } : {}) });
  return inSession(session, async () => {
    const run = await beginRun(session, resolved, directory);
    return continueRun(run, session, { callbacks, signal, resume: false });
  });
}

export interface ResumeRequest extends Omit<TrainRequest, 'preset' | 'settings' | 'directory'> {
  /** Go on though the engine or the data are not those recorded: told in the run, and no longer the same bits. */
  readonly acceptChanges?: boolean;
}

/** Continue a run from its last checkpoint, to the same bits as if it had never been cut. @throws as train. */
export async function resume(
  run: Run,
  { callbacks = [], signal, acceptChanges = false, ...options }: ResumeRequest = {},
): Promise<TrainedRun> {
  const session = await resumeSession(run, { ...options, acceptChanges, ...(signal ? { signal } : {}) });
  return inSession(session, () =>
    continueRun(run, session, { callbacks, signal, resume: true, acceptChanges }),
  );
}

async function continueRun(
  run: Run,
  session: Session,
  {
    callbacks,
    signal,
    ...how
  }: {
    readonly callbacks: readonly Callback[];
    readonly signal: AbortSignal | undefined;
    readonly resume: boolean;
    readonly acceptChanges?: boolean;
  },
): Promise<TrainedRun> {
  const training = { run, ...session, callbacks: [...session.callbacks, ...callbacks] };
  return { run, ...(await trainRun({ ...training, ...(signal ? { signal } : {}) }, how)) };
}

async function inSession<Result>({ engine }: Session, use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } finally {
    await engine.dispose();
  }
}

export interface EvaluateRequest extends EvaluationRequest, EvaluationSettings {
  /** Made by the run's configuration, and given back, unless one is handed in. */
  readonly engine?: Engine | undefined;
}

/** Evaluate every cell of a run's grid of NS and AP; the document is kept in the run. @throws as evaluateRun. */
export async function evaluate(
  run: Run,
  { engine, attacks, epsilon, examples, batchSize, checkpoint, ...settings }: EvaluateRequest = {},
): Promise<EvaluatedRun> {
  const request = { attacks, epsilon, examples, batchSize, checkpoint };
  const plan = planEvaluation(run.configuration, request, settings.attackTable);
  return withEngine(run, engine, (made) => evaluateRun(run, made, plan, settings));
}

/**
 * Analyze a run by a definition of `dualbn/analysis`, or one of one's own; the document is kept in the run.
 *
 *   const { document } = await analyze(run, reestimateAnalysis, { attack: 'pgd-20', examples: 500 });
 *
 * @throws InputError for options that are wrong, and where run or data are missing.
 */
export async function analyze<Name extends string, Options extends z.ZodObject, Result extends z.ZodObject>(
  run: Run,
  definition: AnalysisDefinition<Name, Options, Result>,
  options: Partial<z.input<Options>> = {},
  { engine, ...settings }: AnalysisSettings & { readonly engine?: Engine | undefined } = {},
): Promise<AnalyzedRun<AnalysisDocumentOf<Name, Options, Result>>> {
  return withEngine(run, engine, (made) => analyzeRun(run, made, definition, options, settings));
}

/** Use the engine that is given; else make the one that a run's configuration names, and give it back. */
export async function withEngine<Result>(
  { configuration }: Run,
  given: Engine | undefined,
  use: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = given ?? (await createEngine(configuration.engine));
  try {
    return await use(engine);
  } finally {
    if (!given) await engine.dispose();
  }
}

/** The HTML report of runs, one file that opens offline. @throws InputError where a run cannot be read. */
export async function htmlReport(
  runs: readonly Run[],
  {
    title = runs.map(({ directory }) => basename(resolvePath(directory))).join(', '),
  }: { readonly title?: string } = {},
): Promise<string> {
  const generated = { version: packageVersion, command: 'report', date: new Date().toISOString() };
  return renderReport({ title, runs: await reportRuns(runs), generated });
}

const isMapping = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withDataset(settings: Settings, dataset: string): Settings {
  const data = isMapping(settings.data) ? settings.data : {};
  return { ...settings, data: { dataset, ...data } };
}

/** As --set takes them: a key a leaf, so that what a preset says beside it stays. JSON is YAML. */
function overridesOf(settings: Settings, prefix = ''): string[] {
  return Object.entries(settings).flatMap(([key, value]) =>
    isMapping(value) ? overridesOf(value, `${prefix}${key}.`) : [`${prefix}${key}=${JSON.stringify(value)}`],
  );
}

/**
 * `dualbn evaluate` in parts: one shard of an evaluation, the merging of all of them, or both in several processes. What is evaluated
 * is for commands/evaluate.ts.
 */
import { InvalidArgumentError, Option } from 'commander';
import { createEngine, type Engine, type EngineOptions } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import {
  type EvaluatedRun,
  type EvaluatedShard,
  type EvaluationPlan,
  type EvaluationRequest,
  evaluateInProcesses,
  evaluateShard,
  mergeShards,
  threadsOfShards,
} from '../experiments/index.ts';
import { parseShard, type Run, type Shard, shardText } from '../runs/index.ts';
import { evaluationProgress } from './evaluation-progress.ts';
import { type Io, printJson } from './io.ts';
import { announceTo, wholeNumber } from './options.ts';
import { loadingOf } from './sessions.ts';

export interface DivisionOptions {
  readonly shard?: Shard;
  readonly merge?: true;
  readonly processes?: number;
  readonly saveImages?: string;
}

export const divisionOptions = (): Option[] => [
  new Option('--shard <k/n>', 'evaluate the k-th of n parts, and keep what it finds for --merge').argParser(
    (text) => {
      try {
        return parseShard(text);
      } catch (error) {
        if (error instanceof InputError) throw new InvalidArgumentError(`--shard: ${error.message}`);
        throw error;
      }
    },
  ),
  new Option('--merge', 'make the evaluation of its shards'),
  new Option('--processes <number>', 'evaluate in so many processes, that share the cores').argParser(
    wholeNumber('--processes'),
  ),
];

const given = ({ shard, merge, processes }: DivisionOptions): string[] => [
  ...(shard ? ['--shard'] : []),
  ...(merge ? ['--merge'] : []),
  ...(processes === undefined ? [] : ['--processes']),
];

/** @throws InputError where more than one of them is given. */
export function refuseSeveralDivisions(options: DivisionOptions): void {
  const names = given(options);
  if (names.length > 1) throw new InputError(`${names.join(' and ')}: give one of them`);
  if (names.length > 0 && options.saveImages !== undefined)
    throw new InputError(
      `${names[0]} keeps outcomes, not images: give --save-images to an evaluation as a whole`,
    );
}

/** @throws InputError where a file, which keeps nothing, is to be evaluated in parts. */
export function refuseDivision(path: string, options: DivisionOptions): void {
  const [name] = given(options);
  if (name !== undefined)
    throw new InputError(`${name} needs a run, which keeps what parts find; ${path} is evaluated as a whole`);
}

/** What is evaluated, by what, on which data. */
export interface Division {
  readonly run: Run;
  readonly plan: EvaluationPlan;
  /** What the plan was made of. */
  readonly request: EvaluationRequest;
  readonly engine: EngineOptions;
  readonly data?: string | undefined;
}

/** Evaluate a shard, telling its progress, and print where its results are. */
export async function evaluateOneShard(
  io: Io,
  { run, plan, engine, data }: Division,
  shard: Shard,
  json: boolean,
): Promise<void> {
  const label = `evaluating ${run.directory}, shard ${shardText(shard)}`;
  const { finish, ...telling } = evaluationProgress(io.stderr, { label });
  const settings = { ...loadingOf(io, data), ...telling };
  const evaluated = await withEngine(engine, (made) =>
    evaluateShard(run, made, plan, shard, settings).finally(finish),
  );
  if (json) printJson(io, evaluated);
  else io.stdout.write(`${showShard(evaluated)}\n`);
}

const showShard = ({ shard, examples, of, path }: EvaluatedShard) =>
  `shard ${shardText(shard)}: ${examples} of ${of} test images; when all shards are in the run, --merge makes the evaluation\n${path}`;

/** Merge the shards of a run, with as many threads as they were evaluated with unless the engine has a number of its own. */
export async function mergeWithProgress(
  io: Io,
  { run, plan, engine, data }: Division,
  threads: EngineOptions['threads'],
): Promise<EvaluatedRun> {
  const { finish, onProgress } = evaluationProgress(io.stderr, { label: `merging ${run.directory}` });
  const settings = { ...loadingOf(io, data), onProgress };
  const found = threads ?? threadsOfShards(run, plan);
  return withEngine({ ...engine, ...(found === undefined ? {} : { threads: found }) }, (made) =>
    mergeShards(run, made, plan, settings).finally(finish),
  );
}

/** Evaluate in processes, telling the progress of all of them as one. */
export async function evaluateInProcessesWithProgress(
  io: Io,
  { run, request, engine, data: directory }: Division,
  processes: number,
): Promise<EvaluatedRun> {
  const label = `evaluating ${run.directory} in ${processes} processes`;
  const { finish, ...telling } = evaluationProgress(io.stderr, { label });
  return evaluateInProcesses(run, request, {
    ...{ processes, engine, directory, announce: announceTo(io) },
    ...{ environment: io.environment, signal: io.signal },
    ...telling,
    onFailure(shard, error) {
      // Bad input all of them meet at once, and the end says it.
      if (error instanceof InputError) return;
      const line = `shard ${shardText(shard)} failed, the others go on: ${error.message}\n`;
      io.stderr.write(io.stderr.isTTY ? `\n${line}` : line);
    },
  }).finally(finish);
}

async function withEngine<Result>(
  options: EngineOptions,
  use: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = await createEngine(options);
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

/**
 * An evaluation in several processes of one machine: each evaluates a shard, then they are merged here. A small network keeps one core
 * busy, and two of them two.
 */
import { availableParallelism } from 'node:os';
import { createEngine, type EngineOptions } from '../engines/index.ts';
import { type DualbnError, InputError, RunError } from '../errors.ts';
import type { FinishedStage, GridProgress } from '../evaluation/index.ts';
import { performInChild } from '../processes/index.ts';
import { type Run, type Shard, shardText } from '../runs/index.ts';
import { combinedProgress } from './combined-progress.ts';
import { type EvaluatedRun, type EvaluationRequest, planEvaluation } from './evaluate-run.ts';
import { mergeShards } from './evaluate-shards.ts';

/** What a process is to do. Plain data. */
export interface ShardTask {
  readonly directory: string;
  readonly request: EvaluationRequest;
  readonly engine: Omit<EngineOptions, 'announce'>;
  readonly shard: Shard;
  /** Where data are looked for. */
  readonly data?: string;
}

/** What a process says while it works. */
export type ShardSaid = { readonly progress: GridProgress } | { readonly finished: FinishedStage };

export interface ProcessesSettings {
  readonly processes: number;
  /** Of each process; its threads are threadsEach unless they are a number. */
  readonly engine: EngineOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where data are looked for. */
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly announce?: ((line: string) => void) | undefined;
  /** Of all processes together. */
  readonly onProgress?: ((progress: GridProgress) => void) | undefined;
  readonly onStage?: ((finished: FinishedStage) => void) | undefined;
  /** A process that failed, as soon as it does; the others go on. */
  readonly onFailure?: ((shard: Shard, error: Error) => void) | undefined;
}

const worker = new URL('./shard-worker.js', import.meta.url);

/** Threads of each of some processes that share the cores. */
export const threadsEach = (processes: number): number =>
  Math.max(1, Math.floor(availableParallelism() / processes));

/**
 * Carry a request out in processes. What they find is kept as that of shards is: after a failure or the signal the same call goes on.
 *
 * @throws as evaluateShard and mergeShards; RunError, once all have ended, where a process failed. With a signal that is aborted, its
 *   reason.
 */
export async function evaluateInProcesses(
  run: Run,
  request: EvaluationRequest,
  { processes, engine, environment, directory, signal, announce, ...listener }: ProcessesSettings,
): Promise<EvaluatedRun> {
  const plan = planEvaluation(run.configuration, request);
  const { announce: _, threads = 'auto', ...choice } = engine;
  const each = { ...choice, threads: threads === 'auto' ? threadsEach(processes) : threads };
  const shards = Array.from({ length: processes }, (_, at) => ({ number: at + 1, count: processes }));
  const progress = combinedProgress(processes, listener);
  const failures: { readonly shard: Shard; readonly error: Error }[] = [];
  await Promise.all(
    shards.map(async (shard, at) => {
      const task = { directory: run.directory, request, engine: each, shard };
      const onSaid = (said: ShardSaid) =>
        'progress' in said ? progress.onProgress(at, said.progress) : progress.onStage(at, said.finished);
      try {
        await performInChild<ShardSaid, 'done'>(
          worker,
          { ...task, ...(directory === undefined ? {} : { data: directory }) },
          { environment, signal, onSaid },
        );
      } catch (error) {
        if (!(error instanceof InputError || error instanceof RunError)) throw error;
        failures.push({ shard, error });
        listener.onFailure?.(shard, error);
      }
    }),
  );
  signal?.throwIfAborted();
  if (failures.length > 0) throw failureOf(failures, processes);
  await using made = await createEngine({ ...each, announce });
  const { onProgress } = listener;
  return await mergeShards(run, made, plan, {
    ...{ environment, announce },
    ...(directory === undefined ? {} : { directory }),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });
}

/** Bad input, which all processes met alike, is said once. */
function failureOf(
  failures: readonly { readonly shard: Shard; readonly error: Error }[],
  processes: number,
): DualbnError {
  const [{ error: first }] = failures;
  const isSame = failures.every(({ error }) => error.message === first.message);
  if (failures.length === processes && isSame && first instanceof InputError) return first;
  const what = `${failures.length} of ${processes} processes failed:`;
  if (failures.every(({ error }) => error instanceof InputError))
    return new InputError(
      what,
      failures.map(({ shard, error }) => ({ where: `shard ${shardText(shard)}`, what: error.message })),
    );
  return new RunError(
    [what, ...failures.map(({ shard, error }) => `  shard ${shardText(shard)}: ${error.message}`)].join('\n'),
  );
}

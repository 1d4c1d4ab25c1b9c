/**
 * A run performed in a process of its own: a small network keeps one core busy, and two of them two. When the parent ends, for
 * whatever reason, the child writes a checkpoint and ends.
 */
import { performInChild as performTaskInChild } from '../../processes/index.ts';
import type { PlanRequest } from '../plan.ts';
import type { Scale, ScaleName } from '../scales.ts';
import type { OnWork } from './perform-run.ts';

/** What a child is to do: enough to make the same plan again. Plain data. */
export interface ChildTask {
  readonly run: string;
  readonly scaleName: ScaleName;
  readonly scale: Scale;
  readonly request: PlanRequest;
  readonly directory: string;
  /** Where data are looked for. */
  readonly data?: string;
}

/** What a child says while it works. */
export interface ChildWork {
  readonly done: number;
  readonly doing: string;
}

export type ChildResult = 'done' | 'interrupted';

const worker = new URL('./worker.js', import.meta.url);

/** Rejects as performRun does, and where the child is killed; after the signal it ends in good order. */
export async function performInChild(
  task: ChildTask,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  onWork: OnWork,
): Promise<ChildResult> {
  const result = await performTaskInChild<ChildWork, ChildResult>(
    worker,
    { ...task },
    {
      ...{ environment, signal },
      onSaid: ({ done, doing }) => onWork(done, doing),
    },
  );
  return result ?? 'interrupted';
}

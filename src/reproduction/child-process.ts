/**
 * A run performed in a process of its own: a small network keeps one core busy, and two of them two. A message says
 * what the child is to do, others how far it is. When the parent ends, for whatever reason, the child writes a checkpoint and ends.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { type ErrorCode, InputError, RunError } from '../errors.ts';
import type { OnWork } from './perform-run.ts';
import type { PlanRequest } from './plan.ts';
import type { Scale } from './scales.ts';

/** What a child is to do: enough to make the same plan again. Plain data. */
export interface ChildTask {
  readonly run: string;
  readonly scale: Scale;
  readonly request: PlanRequest;
  readonly directory: string;
  /** Where data are looked for. */
  readonly data?: string;
}

/** What a child says. */
export type ChildMessage =
  | { readonly kind: 'work'; readonly done: number; readonly doing: string }
  | { readonly kind: 'ended'; readonly how: 'done' | 'interrupted' }
  | {
      readonly kind: 'failed';
      readonly error: 'input' | 'run';
      readonly code: ErrorCode;
      readonly message: string;
    };

const worker = new URL('./worker.js', import.meta.url);

/** Rejects as performRun does, and where the child is killed; after the signal it ends in good order. */
export function performInChild(
  task: ChildTask,
  environment: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  onWork: OnWork,
): Promise<'done' | 'interrupted'> {
  return new Promise((resolve, reject) => {
    // Its own process group would keep Ctrl-C from it, so it is in ours and heeds the signal by itself as well.
    const child: ChildProcess = fork(worker, [], {
      env: { ...environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let outcome: (() => void) | undefined;
    let complaint = '';
    const interrupt = () => child.kill('SIGTERM');
    signal.addEventListener('abort', interrupt, { once: true });
    child.stderr?.on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-2000);
    });
    child.on('message', (message: ChildMessage) => {
      switch (message.kind) {
        case 'work':
          onWork(message.done, message.doing);
          break;
        case 'ended':
          outcome = () => resolve(message.how);
          break;
        case 'failed':
          outcome = () => reject(errorOf(message));
          break;
      }
    });
    child.on('error', reject);
    child.on('close', (status, killedBy) => {
      signal.removeEventListener('abort', interrupt);
      if (outcome) outcome();
      else if (signal.aborted) resolve('interrupted');
      else {
        const how = killedBy === null ? `ended with status ${status}` : `was killed by ${killedBy}`;
        const why = complaint.trim();
        reject(new RunError(`its process ${how}${why === '' ? '' : `: ${why}`}; the same command goes on`));
      }
    });
    // 'close' reports a child that ends before it receives its task.
    child.send(task, () => undefined);
  });
}

const errorOf = ({ error, code, message }: ChildMessage & { readonly kind: 'failed' }) =>
  error === 'input' ? new InputError(message, [], { code }) : new RunError(message, { code });

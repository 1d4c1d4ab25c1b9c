/**
 * A run performed in a process of its own: a small network keeps one core busy, and two of them two. The child is told by
 * message what to do and tells how far it is; it ends when its parent does, whatever ends that.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { InputError, RunError } from '../errors.ts';
import type { OnWork } from './perform.ts';
import type { PlanRequest } from './plan.ts';
import type { ScaleName } from './scales.ts';

/** What a child is told: enough to make the same plan again. */
export interface Errand {
  readonly run: string;
  readonly scale: ScaleName;
  readonly request: PlanRequest;
  readonly directory: string;
  readonly data?: string;
}

/** What a child says. */
export type Answer =
  | { readonly kind: 'work'; readonly done: number; readonly doing: string }
  | { readonly kind: 'ended'; readonly how: 'done' | 'interrupted' }
  | { readonly kind: 'failed'; readonly fault: 'input' | 'run'; readonly message: string };

const worker = new URL('./worker.js', import.meta.url);

/** Rejects as performRun does; after the signal the child ends in good order. */
export function performInChild(
  errand: Errand,
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
    child.on('message', (answer: Answer) => {
      switch (answer.kind) {
        case 'work':
          onWork(answer.done, answer.doing);
          break;
        case 'ended':
          outcome = () => resolve(answer.how);
          break;
        case 'failed':
          outcome = () => reject(new (answer.fault === 'input' ? InputError : RunError)(answer.message));
          break;
      }
    });
    child.on('error', reject);
    child.on('close', (status, by) => {
      signal.removeEventListener('abort', interrupt);
      if (outcome) outcome();
      else if (signal.aborted) resolve('interrupted');
      else
        reject(new RunError(`the process of ${errand.run} ended with ${by ?? status}: ${complaint.trim()}`));
    });
    child.send(errand);
  });
}

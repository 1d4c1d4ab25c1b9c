/**
 * A task performed in a process of its own. A message says what the child is to do, others how far it is and how it ended. When the
 * parent ends, for whatever reason, the child ends in good order (perform-task.ts). What the task is, is the caller's business.
 */
import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { type ErrorCode, InputError, RunError } from '../errors.ts';

/** What a child says. */
export type ChildMessage<Said, Result> =
  | { readonly kind: 'said'; readonly said: Said }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'interrupted' }
  | {
      readonly kind: 'failed';
      readonly error: 'input' | 'run';
      readonly code: ErrorCode;
      readonly message: string;
    };

export interface ChildCircumstances<Said> {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asks the child to end in good order. */
  readonly signal?: AbortSignal | undefined;
  readonly onSaid: (said: Said) => void;
}

/**
 * Gives the task, plain data, to a process that runs `worker`.
 *
 * @returns its result; undefined where it ended after the signal without one.
 * @throws InputError or RunError as the task; RunError where the process was killed, was interrupted by somebody else, or ended by
 *   itself without a result.
 */
export function performInChild<Said, Result>(
  worker: URL,
  task: Serializable,
  { environment, signal, onSaid }: ChildCircumstances<Said>,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    // Its own process group would keep Ctrl-C from it, so it is in ours and heeds the signal by itself as well.
    const child: ChildProcess = fork(worker, [], {
      env: { ...environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let outcome: (() => void) | undefined;
    let complaint = '';
    const interrupt = () => child.kill('SIGTERM');
    if (signal) {
      // As many children as cores may listen at once; from eleven on Node would suspect a leak, and say so on standard error.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', interrupt, { once: true });
    }
    if (signal?.aborted) interrupt();
    child.stderr?.on('data', (text) => {
      complaint = `${complaint}${text}`.slice(-2000);
    });
    child.on('message', (message: ChildMessage<Said, Result>) => {
      switch (message.kind) {
        case 'said':
          onSaid(message.said);
          break;
        case 'done':
          outcome = () => resolve(message.result);
          break;
        case 'interrupted':
          outcome = () =>
            signal?.aborted ? resolve(undefined) : reject(ended('was interrupted', complaint));
          break;
        case 'failed':
          outcome = () => reject(errorOf(message));
          break;
      }
    });
    child.on('error', reject);
    child.on('close', (status, killedBy) => {
      signal?.removeEventListener('abort', interrupt);
      if (outcome) outcome();
      else if (signal?.aborted) resolve(undefined);
      else
        reject(
          ended(killedBy === null ? `ended with status ${status}` : `was killed by ${killedBy}`, complaint),
        );
    });
    // 'close' reports a child that ends before it receives its task.
    child.send(task, () => undefined);
  });
}

function ended(how: string, complaint: string): RunError {
  const why = complaint.trim();
  return new RunError(`its process ${how}${why === '' ? '' : `: ${why}`}; the same command goes on`);
}

const errorOf = ({
  error,
  code,
  message,
}: {
  readonly error: 'input' | 'run';
  readonly code: ErrorCode;
  readonly message: string;
}) => (error === 'input' ? new InputError(message, [], { code }) : new RunError(message, { code }));

/** The child's side of perform-in-child.ts: a module that calls performTask is what such a process runs. */
import { InputError, RunError } from '../errors.ts';
import type { ChildMessage } from './perform-in-child.ts';

export interface TaskCircumstances<Said> {
  /** Aborted when the process is asked to end, and when its parent is gone. */
  readonly signal: AbortSignal;
  /** Tells the parent. */
  readonly say: (said: Said) => void;
  /** The same for what is soon out of date: of several within a quarter of a second the parent hears the first. */
  readonly sayNowAndThen: (said: Said) => void;
}

/** Milliseconds after the parent's end in which what was found can be written. */
const grace = 30_000;
const sayingInterval = 250;

/** Performs the one task that the parent sends. */
export function performTask<Task, Said, Result>(
  perform: (task: Task, circumstances: TaskCircumstances<Said>) => Promise<Result>,
): void {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(event, interrupt);
  process.on('disconnect', () => {
    interrupt();
    // What is on disk is whole at any moment, and the next start goes on from there.
    setTimeout(() => process.exit(1), grace).unref();
  });
  // The parent reads standard error; writing to one that is gone would end this process before its work is kept.
  process.stderr.on('error', () => undefined);

  // Nobody is left to hear it where the parent is gone.
  const send = (message: ChildMessage<Said, Result>) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const say = (said: Said) => send({ kind: 'said', said });
  let lastSaid = 0;
  const sayNowAndThen = (said: Said) => {
    if (Date.now() - lastSaid < sayingInterval) return;
    lastSaid = Date.now();
    say(said);
  };

  process.once('message', async (task: Task) => {
    const { signal } = interruption;
    try {
      send({ kind: 'done', result: await perform(task, { signal, say, sayNowAndThen }) });
    } catch (error) {
      if (error instanceof InputError || error instanceof RunError) {
        const { code, message } = error;
        send({ kind: 'failed', error: error instanceof InputError ? 'input' : 'run', code, message });
      } else if (signal.aborted && error instanceof Error && error.name === 'AbortError')
        send({ kind: 'interrupted' });
      else throw error;
    }
    if (process.connected) process.disconnect();
  });
}

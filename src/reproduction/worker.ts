/** The process that performs one run for a reproduction; child-process.ts starts it and says what to do. */
import { InputError, RunError } from '../errors.ts';
import type { ChildMessage, ChildTask } from './child-process.ts';
import { performRun } from './perform-run.ts';
import { planReproduction } from './plan.ts';

const interruption = new AbortController();
const interrupt = () => interruption.abort();
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(event, interrupt);

/** Milliseconds after the parent's end in which a checkpoint can be written. */
const grace = 30_000;
process.on('disconnect', () => {
  interrupt();
  // What is on disk is whole at any moment, and the next start goes on from there.
  setTimeout(() => process.exit(1), grace).unref();
});
// The parent reads standard error; writing to one that is gone would end this process before its checkpoint.
process.stderr.on('error', () => undefined);

// Nobody is left to hear it where the parent is gone.
const say = (message: ChildMessage) => {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
};
// A message a step would be thousands that nobody reads.
const sayingInterval = 250;

process.once('message', async ({ run: name, scale, request, directory, data }: ChildTask) => {
  let said = 0;
  try {
    const planned = planReproduction(scale, request).runs.find((run) => run.name === name);
    if (!planned) throw new InputError(`the plan has no run ${name}`);
    const loading = { environment: process.env, ...(data === undefined ? {} : { directory: data }) };
    const place = { directory, scale, loading, signal: interruption.signal };
    const how = await performRun(planned, place, (done, doing) => {
      if (Date.now() - said < sayingInterval) return;
      said = Date.now();
      say({ kind: 'work', done, doing });
    });
    say({ kind: 'ended', how });
  } catch (error) {
    if (!(error instanceof InputError || error instanceof RunError)) throw error;
    const { code, message } = error;
    say({ kind: 'failed', error: error instanceof InputError ? 'input' : 'run', code, message });
  }
  if (process.connected) process.disconnect();
});

/** The process that performs one run for a reproduction; child.ts starts it and says what to do. */
import { InputError, RunError } from '../errors.ts';
import type { Answer, Errand } from './child.ts';
import { performRun } from './perform.ts';
import { planReproduction } from './plan.ts';
import { scales } from './scales.ts';

const interruption = new AbortController();
for (const event of ['SIGINT', 'SIGTERM'] as const) process.on(event, () => interruption.abort());
// Nobody is left to tell; what is on disk is whole, and the next start goes on from there.
process.on('disconnect', () => process.exit(1));

const say = (answer: Answer) => process.send?.(answer);
// A message a step would be thousands that nobody reads.
const sayingInterval = 250;

process.once('message', async ({ run: name, scale: scaleName, request, directory, data }: Errand) => {
  const scale = scales[scaleName];
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
    if (error instanceof InputError || error instanceof RunError)
      say({ kind: 'failed', fault: error instanceof InputError ? 'input' : 'run', message: error.message });
    else throw error;
  }
  process.disconnect();
});

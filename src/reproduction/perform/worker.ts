/** The process that performs one run for a reproduction; child-process.ts starts it and says what to do. */
import { InputError } from '../../errors.ts';
import { performTask } from '../../processes/index.ts';
import { planReproduction } from '../plan.ts';
import type { ChildResult, ChildTask, ChildWork } from './child-process.ts';
import { performRun } from './perform-run.ts';

performTask<ChildTask, ChildWork, ChildResult>(
  ({ run: name, scaleName, scale, request, directory, data }, { signal, sayNowAndThen }) => {
    const planned = planReproduction(scale, request).runs.find((run) => run.name === name);
    if (!planned) throw new InputError(`the plan has no run ${name}`);
    const loading = { environment: process.env, ...(data === undefined ? {} : { directory: data }) };
    // A message a step would be thousands that nobody reads.
    return performRun(planned, { directory, scaleName, scale, loading, signal }, (done, doing) =>
      sayNowAndThen({ done, doing }),
    );
  },
);

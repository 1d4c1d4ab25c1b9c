/** What `train`, `resume` and `demo` share: the training of a run, with its progress on standard error. */

import type { Session, SessionOptions } from '../experiments/index.ts';
import { type Run, type RunOutcome, type TrainingStart, trainRun } from '../runs/index.ts';
import type { Callback } from '../training/index.ts';
import { announceTo } from './engine-options.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';

/** Where a command looks for data, what ends its search, and where the choice of an engine is told. */
export const loadingOf = (io: Io, directory?: string): SessionOptions => ({
  environment: io.environment,
  signal: io.signal,
  announce: announceTo(io),
  ...(directory === undefined ? {} : { directory }),
});

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;

/** Train a run, new or resumed, telling its progress; after Ctrl-C, how to go on. */
export async function trainWithProgress(
  io: Io,
  run: Run,
  session: Session,
  how: TrainingStart,
): Promise<RunOutcome> {
  const progress = createProgress(io.stderr, { label: run.directory, unit: 'steps' });
  let total = 0;
  const { epochs } = session.setup;
  const telling: Callback = {
    onStep({ step, steps, loss }) {
      total = steps;
      progress.update({ done: step, total: steps, phase: `loss ${loss.toFixed(3)}` });
    },
    onEpoch({ epoch, train, validation }) {
      const passes = Object.entries(train.passes).map(
        ([name, { accuracy }]) => `${name} ${percent(accuracy)}`,
      );
      const validated = validation
        ? `; validation: clean ${percent(validation.clean)}, robust ${percent(validation.robust)}`
        : '';
      progress.note(
        `epoch ${epoch}/${epochs}  loss ${train.loss.toFixed(3)}  train: ${passes.join(', ')}${validated}`,
      );
    },
  };
  const callbacks = [...session.callbacks, telling];
  const outcome = await trainRun(
    { run, ...session, signal: io.signal, callbacks, announce: announceTo(io) },
    how,
  ).finally(() => {
    if (total > 0) progress.finish();
  });
  if (outcome.ended === 'interrupted')
    io.stderr.write(`interrupted; go on with: dualbn resume ${run.directory}\n`);
  return outcome;
}

/** What `train`, `resume` and `demo` share: the training of a run, with its progress on standard error. */

import { createEngine, type Engine, type EngineOptions } from '../engines/index.ts';
import type { EvaluationDocument } from '../evaluation/index.ts';
import {
  type EvaluatedRun,
  type EvaluationPlan,
  evaluateModelFile,
  evaluateRun,
  type ModelPlan,
  type Session,
  type SessionOptions,
} from '../experiments/index.ts';
import { type Run, type RunOutcome, type TrainingStart, trainRun } from '../runs/index.ts';
import type { Callback } from '../training/index.ts';
import { evaluationProgress } from './evaluation-progress.ts';
import type { Io } from './io.ts';
import { announceTo } from './options.ts';
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

// Evaluations with their progress on standard error: of a run, which `evaluate` and `demo` share, and of an ONNX file.

/** Carry a plan out, telling its progress. After Ctrl-C the same command goes on where it was. */
export async function evaluateWithProgress(
  io: Io,
  run: Run,
  engine: Engine,
  plan: EvaluationPlan,
  data?: string,
  saveImages?: string,
): Promise<EvaluatedRun> {
  const { finish, ...telling } = evaluationProgress(io.stderr, { label: `evaluating ${run.directory}` });
  return evaluateRun(run, engine, plan, { ...loadingOf(io, data), ...telling, saveImages }).finally(finish);
}

/** Carry the plan of an ONNX file out on an engine of its own, telling its progress and what was done to the file. */
export async function evaluateModelWithProgress(
  io: Io,
  plan: ModelPlan,
  { name, threads = 'auto' }: Pick<EngineOptions, 'name' | 'threads'>,
  saveImages?: string,
): Promise<EvaluationDocument> {
  const { path } = plan.file;
  const say = (line: string) => io.stderr.write(`${line}\n`);
  const engine = await createEngine({ name, threads, convolution: 'auto', announce: say });
  const { finish, ...telling } = evaluationProgress(io.stderr, { label: `evaluating ${path}` });
  return evaluateModelFile(plan, engine, {
    signal: io.signal,
    ...telling,
    saveImages,
    onNote: (note) => say(`${path}: ${note}`),
  }).finally(async () => {
    finish();
    await engine.dispose();
  });
}

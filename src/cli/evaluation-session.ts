/** What `evaluate` and `demo` share: the evaluation of a run, with its progress on standard error. */
import type { Engine } from '../engines/engine.ts';
import { type EvaluatedRun, type EvaluationPlan, evaluateRun } from '../experiments/evaluate-run.ts';
import { cellLabel } from '../nn/index.ts';
import type { Run } from '../runs/index.ts';
import type { Io } from './io.ts';
import { createProgress } from './progress.ts';
import { loadingOf } from './training-session.ts';

/** Carry a plan out, telling its progress. After Ctrl-C the same command goes on where it was. */
export async function evaluateWithProgress(
  io: Io,
  run: Run,
  engine: Engine,
  plan: EvaluationPlan,
  data?: string,
): Promise<EvaluatedRun> {
  const progress = createProgress(io.stderr, { label: `evaluating ${run.directory}`, unit: 'images' });
  return evaluateRun(run, engine, plan, {
    ...loadingOf(io, data),
    onProgress: ({ done, total, cell }) => progress.update({ done, total, phase: cellLabel(cell) }),
  }).finally(() => progress.finish());
}

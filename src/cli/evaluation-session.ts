/** Evaluations with their progress on standard error: of a run, which `evaluate` and `demo` share, and of an ONNX file. */

import type { Engine } from '../engines/index.ts';
import { createEngine, type EngineOptions } from '../engines/index.ts';
import type { EvaluationDocument } from '../evaluation/index.ts';
import {
  type EvaluatedRun,
  type EvaluationPlan,
  evaluateModelFile,
  evaluateRun,
  type ModelPlan,
} from '../experiments/index.ts';
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

/** Carry the plan of an ONNX file out on an engine of its own, telling its progress and what was done to the file. */
export async function evaluateModelWithProgress(
  io: Io,
  plan: ModelPlan,
  name: EngineOptions['name'],
): Promise<EvaluationDocument> {
  const { path } = plan.file;
  const say = (line: string) => io.stderr.write(`${line}\n`);
  const engine = await createEngine({ name, threads: 'auto', convolution: 'auto', announce: say });
  const progress = createProgress(io.stderr, { label: `evaluating ${path}`, unit: 'images' });
  return evaluateModelFile(plan, engine, {
    signal: io.signal,
    onProgress: ({ done, total }) => progress.update({ done, total }),
    onNote: (note) => say(`${path}: ${note}`),
  }).finally(async () => {
    progress.finish();
    await engine.dispose();
  });
}

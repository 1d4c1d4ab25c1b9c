/**
 * The library: everything that `import { ... } from 'dualbn'` gives.
 *
 *   const engine = await createEngine({ name: 'auto', threads: 'auto', convolution: 'auto' });
 *   const { network, test } = await loadTrained(openRun('runs/my-run'), engine);
 *   const model = { engine, network, cell: { statistics: 'adv', affine: 'adv' } };
 *   const adversarial = await pgd(model, { epsilon: 8 / 255 })(images, labels);
 */
export * from './analysis/index.ts';
export * from './attacks/index.ts';
export {
  type Configuration,
  parseEpsilon,
  type ResolvedConfiguration,
  resolveConfiguration,
} from './configuration/index.ts';
export {
  type Augment,
  type Augmentation,
  batches,
  checkDataset,
  cropAndFlip,
  type Dataset,
  type DatasetArrays,
  datasetFrom,
  evaluationSubset,
  gather,
  listDatasets,
  loadDataset,
  subset,
  trainValidationSplit,
} from './data/index.ts';
export type { Engine, EngineDescription, EngineName, Program, Values } from './engines/index.ts';
export { createEngine, type EngineOptions } from './engines/index.ts';
export { DualbnError, InputError, type Problem, RunError } from './errors.ts';
export * from './evaluation/index.ts';
export {
  type AnalysisSettings,
  type AnalyzedRun,
  analyzeRun,
  runOptions,
} from './experiments/analyze-run.ts';
export { evaluateRun, planEvaluation } from './experiments/evaluate-run.ts';
export { reportRun, reportRuns } from './experiments/report-run.ts';
export { beginRun, openSession, resumeSession, type Session } from './experiments/training-session.ts';
export * as graph from './graph/index.ts';
export {
  exportOnnx,
  exportSafetensors,
  externalFunction,
  externalNetwork,
  importRun,
  readExternalFile,
} from './interop/index.ts';
export * from './nn/index.ts';
export {
  drawReport,
  type EvaluationResult,
  type Report,
  type ReportRun,
  type RunResults,
  renderFigures,
  renderReport,
  reportRunFrom,
  writeFigures,
} from './report/index.ts';
export {
  createRun,
  loadTrained,
  openRun,
  type Run,
  readSafetensors,
  trainingSetup,
  trainRun,
  writeSafetensors,
} from './runs/index.ts';
export { type Interval, wilsonInterval } from './statistics/index.ts';
export * from './training/index.ts';

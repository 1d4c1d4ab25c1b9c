/** The experiments room's public surface: what is done with runs, in a call each, and the parts of it. */
export {
  type AnalysisSettings,
  type AnalyzedRun,
  analysisRequest,
  analyzeRun,
  runOptions,
} from './analyze-run.ts';
export { type BenchmarkOptions, type BenchmarkResult, runBenchmark } from './benchmark.ts';
export { type DatasetCopy, datasetCopies } from './dataset-copy.ts';
export { type Diagnosis, diagnose, type EngineFinding, type Improvement } from './diagnosis.ts';
export {
  evaluateInProcesses,
  type ProcessesSettings,
  threadsEach,
} from './evaluate-in-processes.ts';
export {
  evaluateModelFile,
  type ModelEvaluationSettings,
  type ModelPlan,
  planModelEvaluation,
} from './evaluate-model.ts';
export {
  type EvaluatedRun,
  type EvaluationPlan,
  type EvaluationRequest,
  type EvaluationSettings,
  evaluateRun,
  evaluationRequest,
  planEvaluation,
  testExamples,
} from './evaluate-run.ts';
export { type EvaluatedShard, evaluateShard, mergeShards, threadsOfShards } from './evaluate-shards.ts';
export { type ExampleOptions, exampleImages, runImages } from './example-images.ts';
export {
  type ReportReading,
  type RunParts,
  reportRun,
  reportRunFrom,
  reportRuns,
  runReader,
  trainingRecords,
} from './report-run.ts';
export {
  beginRun,
  gapCallback,
  openSession,
  type ResumeOptions,
  resumeSession,
  type Session,
  type SessionOptions,
} from './training-session.ts';
export {
  analyze,
  type EvaluateRequest,
  evaluate,
  htmlReport,
  type ResumeRequest,
  resume,
  type Settings,
  type TrainedRun,
  type TrainRequest,
  train,
  withEngine,
} from './workflows.ts';

/** Run directories: what a training leaves on disk, and the checkpoint format. */

export {
  type Checkpoint,
  type CheckpointMetadata,
  loadCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
export { createRun, type NewRun, nextFreeDirectory, runName } from './create-run.ts';
export { describeEnvironment, type Environment } from './environment.ts';
export { writeAnalysis, writeEvaluation } from './evaluations.ts';
export { type CheckpointName, checkpointPath, type RunPaths, runPaths } from './layout.ts';
export { acquireLock, type Lock } from './lock.ts';
export {
  formatSummary,
  type MetricKind,
  type MetricRecord,
  type MetricsLog,
  type MetricValue,
  openMetrics,
  readMetrics,
  refreshSummary,
} from './metrics.ts';
export { loadRunCheckpoint, openRun, type Run } from './open-run.ts';
export { openPartialResults, type PartialResultsFile } from './partial-results.ts';
export {
  readSafetensors,
  type StoredTensor,
  type TensorFile,
  writeSafetensors,
} from './safetensors/index.ts';
export { loadData, networkFor, splitExamples, trainingSetup } from './setup.ts';
export { loadStart, type Start, type StartOrigin } from './start.ts';
export { compareTensors, type Shapes } from './tensor-shapes.ts';
export { type RunOutcome, type RunTraining, trainRun } from './train-run.ts';
export { loadTrained, type Trained } from './trained.ts';
export { collect, isOptimizerTensor, restore, shapesOf } from './training-state.ts';

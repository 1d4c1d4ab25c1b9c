/** Run directories: what a training leaves on disk, and the checkpoint format. */

export {
  type Checkpoint,
  type CheckpointMetadata,
  loadCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
export { createRun, type NewRun, nextFreeDirectory, runName } from './create-run.ts';
export {
  type Conditions,
  conditionsOf,
  type Difference,
  describeEnvironment,
  differencesFrom,
  type Environment,
  environmentSchema,
} from './environment.ts';
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
export { evaluationName, openPartialResults, type PartialResultsFile } from './partial-results.ts';
export { collectResultLines, type ResultLine, type ResultLines } from './result-lines.ts';
export {
  type CheckpointName,
  checkpointPath,
  loadRunCheckpoint,
  openRun,
  type Run,
  type RunPaths,
  refuseFormerStem,
  refuseUnwritable,
  runPaths,
  writeAnalysis,
  writeEvaluation,
} from './run.ts';
export {
  decodeFloat32,
  encodeFloat32,
  readSafetensors,
  type StoredTensor,
  type TensorFile,
  writeSafetensors,
} from './safetensors/index.ts';
export {
  type DataOrigin,
  type Datasets,
  type GivenSetup,
  loadData,
  networkFor,
  splitExamples,
  trainingSetup,
} from './setup.ts';
export {
  isInShard,
  isNamedShardOf,
  parseShard,
  readShards,
  removeShards,
  type Shard,
  type ShardDocument,
  type StoredShard,
  type StoredShards,
  shardName,
  shardText,
  writeShard,
} from './shards.ts';
export { collect, compareTensors, isOptimizerTensor, restore, type Shapes, shapesOf } from './state.ts';
export {
  type RunOutcome,
  type RunTraining,
  refuseImported,
  type TrainingStart,
  trainRun,
} from './train-run.ts';
export {
  loadRunData,
  loadStart,
  loadTrained,
  type RunSubject,
  refuseMissingData,
  refuseMissingParts,
  type Start,
  type StartOrigin,
  subjectOf,
  type Trained,
  type TrainedCheckpoint,
  type TrainedOptions,
} from './trained.ts';

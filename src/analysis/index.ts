/** The analysis room's public surface. */
export {
  type AffineDistances,
  affineDistances,
  type BranchDistance,
  type Quantity,
  quantityNames,
} from './affine.ts';
export {
  type BatchStatistics,
  batchStatistics,
  type LayerStatistics,
  mergeStatistics,
} from './batch-statistics.ts';
export { type BootstrapOptions, bootstrap, type Estimate } from './bootstrap.ts';
export {
  type EvaluationCells,
  ownStatistics,
  type Through,
  throughLabel,
  throughOf,
  throughsOf,
} from './branches.ts';
export { type Curve, type CurveOptions, curve } from './curve.ts';
export {
  type Described,
  describeCurve,
  describeInterpolation,
  describeReestimation,
  describeTransfer,
} from './documents/describe-accuracies.ts';
export { describeAffine, describeGap } from './documents/describe-distances.ts';
export * from './documents/index.ts';
export { type EstimationOptions, estimateStatistics } from './estimation.ts';
export {
  type BranchGap,
  type Gap,
  type GapDistance,
  type GapOptions,
  type GapPair,
  type GapStatistic,
  gap,
  gapPairNames,
  gapStatisticNames,
} from './gap.ts';
export { type GapProbe, gapProbe } from './gap-probe.ts';
export {
  type InterpolateOptions,
  type Interpolation,
  interpolate,
  type StatisticsAlong,
  statisticsAlong,
} from './interpolate.ts';
export { cosine, type Measures, meanDistance, measure, measureNames, wasserstein } from './measures.ts';
export type { AnalysisProgress } from './phases.ts';
export {
  type AccuracyOptions,
  type Reestimated,
  type ReestimateOptions,
  type Reestimation,
  reestimate,
} from './reestimate.ts';
export { type SampleType, sampleTypes } from './samples.ts';
export { type AnalysisTable, analysisTables } from './tables.ts';
export { type Transfer, type TransferOptions, transfer } from './transfer.ts';
export { type WorkingCopy, workingCopy } from './working-copy.ts';

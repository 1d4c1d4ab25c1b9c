/** The analysis room's public surface. */
export {
  type AccuracyOptions,
  type AccuracyRow,
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  accuracyOptions,
  accuracyRows,
  accuracyShape,
  apBranchShape,
  examplesOf,
  examplesShape,
  leftColumn,
  rightColumn,
} from './accuracies.ts';
export {
  type AffineDistances,
  affineDistances,
  type BranchDistance,
  type Quantity,
  quantityNames,
} from './affine/affine.ts';
export {
  type AffineDocument,
  affineAnalysis,
  affineChannels,
  affineLayers,
  affineTable,
} from './affine/index.ts';
export { type AnalysisDocument, type AnalysisName, analyses, analysisNamed } from './analysis-table.ts';
export { type AnalysisInput, analyze, requestOf } from './analyze.ts';
export {
  type ApExchange,
  type ApExchangeOptions,
  apExchange,
  type Chosen,
  type Receiver,
  receivers,
} from './ap-exchange.ts';
export {
  type BatchStatistics,
  batchStatistics,
  type LayerStatistics,
  mergeStatistics,
  mixtureStatistics,
} from './batch-statistics.ts';
export {
  type ApBranch,
  apBranchesOf,
  apBranchLabel,
  apBranchOf,
  type EvaluationCells,
  runningStatisticsOf,
} from './branches.ts';
export { type ChannelsDocument, channelsAnalysis } from './channels/index.ts';
export { type Curve, type CurveOptions, curve } from './curve/curve.ts';
export { type CurveDocument, curveAnalysis, curvePoints } from './curve/index.ts';
export {
  type AnalysisContext,
  type AnalysisDefinition,
  type AnalysisDocumentOf,
  type AnalysisProgress,
  type AnalysisRequest,
  type AnalysisTable,
  type Analyzed,
  type AnyAnalysis,
  type AttackRecord,
  type DocumentOf,
  defineAnalysis,
  type OnProgress,
  phasesOf,
  type TrainingData,
} from './definition.ts';
export {
  type DirectionName,
  type DisplacedDirection,
  type DisplacedPoint,
  type Displacement,
  type DisplaceOptions,
  directionNames,
  displace,
} from './displace/displace.ts';
export type { DisplaceDocument } from './displace/document.ts';
export { displaceAnalysis } from './displace/index.ts';
export {
  type AnyAnalysisDocument,
  analysisDocument,
  analysisDocumentSchema,
  documentSchemaOf,
  documentsOf,
  epsilonOf,
  isDocumentOf,
} from './document.ts';
export { type EstimationOptions, estimateStatistics } from './estimation.ts';
export { type ExchangeDocument, exchangeAnalysis } from './exchange/index.ts';
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
} from './gap/gap.ts';
export { type GapProbe, gapProbe } from './gap/gap-probe.ts';
export { type GapDocument, gapAnalysis, gapChannels, gapLayers } from './gap/index.ts';
export {
  affineMap,
  type Decomposition,
  decompose,
  type LayerDecomposition,
  type LayerNormalization,
  type Shares,
  shareNames,
} from './gauge/decomposition.ts';
export type { GaugeDocument } from './gauge/document.ts';
export { type Combination, type Gauge, type GaugeOptions, gauge } from './gauge/gauge.ts';
export { gaugeAnalysis } from './gauge/index.ts';
export {
  mixedTestExamples,
  mixedTrainingExamples,
  type SampleType,
  sampleTypes,
  testExamples,
} from './images.ts';
export { type InterpolateDocument, interpolateAnalysis } from './interpolate/index.ts';
export {
  type InterpolateOptions,
  type Interpolation,
  interpolate,
  type StatisticsAlong,
  statisticsAlong,
} from './interpolate/interpolate.ts';
export {
  type BootstrapOptions,
  bootstrap,
  cosine,
  type Estimate,
  type Measures,
  meanDistance,
  measure,
  measureNames,
  wasserstein,
} from './measures.ts';
export {
  batchErrors,
  type NetworkError,
  type StatisticsError,
  statisticsErrors,
} from './ns-error/errors.ts';
export { type NsErrorDocument, nsErrorAnalysis } from './ns-error/index.ts';
export { type NsError, type NsErrorOptions, nsError, ownCells } from './ns-error/ns-error.ts';
export { describeOptions, type OptionDescription } from './option-schemas.ts';
export {
  askedAttack,
  attackOption,
  attackOptions,
  type CompletionSettings,
  completeOptions,
  epsilonOption,
  estimationOptions,
  exampleOptions,
  fewExampleOptions,
  seedOption,
  statisticsBatch,
} from './options.ts';
export {
  type ReestimateDocument,
  type ReestimatedCell,
  reestimateAnalysis,
  reestimationFigure,
  reestimationTop,
} from './reestimate/index.ts';
export {
  type Reestimated,
  type ReestimateOptions,
  type Reestimation,
  reestimate,
} from './reestimate/reestimate.ts';
export { type NormalizedBy, normalizedByNames } from './shift/batch-shifts.ts';
export type { ShiftDocument } from './shift/document.ts';
export { shiftAnalysis } from './shift/index.ts';
export type { ShiftShares } from './shift/moments.ts';
export {
  type BranchShift,
  type Perturbation,
  perturbations,
  type ShiftOptions,
  shift,
} from './shift/shift.ts';
export { type UniversalOptions, universalPerturbation } from './shift/universal.ts';
export { type TransferDocument, transferAnalysis } from './transfer/index.ts';
export { type Transfer, type TransferOptions, transfer } from './transfer/transfer.ts';
export { type WorkingCopy, workingCopy } from './working-copy.ts';

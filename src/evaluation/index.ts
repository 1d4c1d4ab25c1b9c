/** The evaluation room's public surface. */
export {
  type AskedAttack,
  type AttackPlan,
  type AttackRun,
  type PlannedStage,
  type PlanSettings,
  planAttacks,
  type ReportedAttack,
} from './attack-plan.ts';
export { type ExampleResult, type Fault, faults, isBroken, type PartialResults } from './attack-runs.ts';
export type { AttackedImages, OnImages } from './attacked-images.ts';
export type { AttackRunSigns, CellEvaluation, FinishedStage, Flags } from './cell.ts';
export {
  describeEvaluation,
  describeResults,
  type EvaluationDocument,
  evaluationDocumentSchema,
  examplesText,
  type GridTable,
  gridTable,
} from './document.ts';
export {
  type EvaluationOptions,
  evaluateGrid,
  evaluateModels,
  type GridEvaluation,
  type GridOptions,
  type GridProgress,
} from './grid.ts';
export {
  readBrokenBy,
  readFlags,
  readIndices,
  writeBrokenBy,
  writeFlags,
  writeIndices,
} from './outcomes.ts';
export type { AttackProbe, CellProbes, OutputProbe } from './probes.ts';
export { type RobustAccuracyPoint, robustAccuracyCurve } from './robust-accuracy-curve.ts';
export { type FailedCheck, type SanityCheckName, sanityChecks } from './sanity-checks.ts';
export {
  attackOptionsSchema,
  cellShape,
  type DocumentSubject,
  describeRequest,
  documentSubject,
  documentSubjectSchema,
  type EpsilonAsWritten,
  engineSubject,
  epsilonSchema,
  examplesSchema,
  normSchema,
  partialResultsKey,
  type RequestDescription,
  type RequestParts,
  requestSchema,
  suiteOptionsSchema,
} from './subject.ts';

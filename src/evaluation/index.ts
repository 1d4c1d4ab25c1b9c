/** The evaluation room's public surface. */
export {
  type AttackRun,
  type ExampleResult,
  groupAttacks,
  normOf,
  type PartialResults,
  type ReportedAttack,
  runName,
} from './attack-runs.ts';
export type { AttackRunSigns, CellEvaluation, Flags } from './cell.ts';
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
  readFlags,
  readIndices,
  writeFlags,
  writeIndices,
} from './outcomes.ts';
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
} from './subject.ts';

/** The evaluation room's public surface. */
export { type FailedCheck, type SanityCheckName, sanityCheckNames } from './sanity-checks.ts';
export type { CellEvaluation, Flags } from './cell.ts';
export {
  describeEvaluation,
  type EvaluationDocument,
  type EvaluationSubject,
  evaluationDocumentSchema,
} from './document.ts';
export type { ExampleResult, PartialResults } from './example-results.ts';
export {
  type EvaluationOptions,
  evaluateGrid,
  evaluateModels,
  type GridEvaluation,
  type GridOptions,
  type GridProgress,
} from './grid.ts';
export { type Interval, wilsonInterval } from './interval.ts';
export { readFlags, readIndices, writeFlags, writeIndices } from './outcomes.ts';
export { type GridTable, gridTable } from './table.ts';
export { normOf, type ReportedAttack, type AttackRun, groupAttacks } from './attack-runs.ts';

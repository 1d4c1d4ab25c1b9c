/** The evaluation room's public surface. */
export { type Alarm, type AlarmRule, alarmRules } from './alarms.ts';
export type { CellEvaluation, Flags } from './cell.ts';
export {
  describeEvaluation,
  type EvaluationDocument,
  type EvaluationSubject,
  evaluationDocumentSchema,
} from './document.ts';
export type { Finding, Ledger } from './findings.ts';
export {
  type EvaluationOptions,
  evaluateGrid,
  evaluateModels,
  type GridEvaluation,
  type GridOptions,
  type GridProgress,
} from './grid.ts';
export { type Interval, wilsonInterval } from './interval.ts';
export { readFlags, readIndices } from './outcomes.ts';
export { type GridTable, gridTable } from './table.ts';
export { normOf, type Stop, type Trajectory, trajectoriesOf } from './trajectories.ts';

/** The reproduction of the paper's claims: a plan of runs, their results, verdicts, and a report. */
export { type ChildTask, performInChild } from './child-process.ts';
export { claims } from './paper-claims.ts';
export {
  type PerformPlanned,
  performPlan,
  type Reproduction,
  type ReproductionListener,
} from './perform-plan.ts';
export { type OnWork, performRun, type Workplace } from './perform-run.ts';
export {
  costOf,
  measureSpeed,
  type Plan,
  type PlannedRun,
  type PlanRequest,
  planReproduction,
} from './plan.ts';
export { concludeReproduction, openReproduction, reproductionIn } from './reproduce.ts';
export { rulesDocument } from './rule-hash.ts';
export { checkResults, type RunResults } from './run-results.ts';
export { type Scale, type ScaleName, type Stage, scaleNames, scales, stages } from './scales.ts';
export { type ReproductionDocument, reproductionDocumentSchema, type StageVerdict } from './verdicts.ts';
export {
  type ReproductionReportOptions,
  reproductionReport,
  writeReproductionReport,
} from './write-report.ts';

/** The reproduction of the paper's claims: a plan of runs, their results, verdicts, and a report. */

export { claims } from './hypotheses/paper-claims.ts';
export { questions } from './hypotheses/questions.ts';
export { rulesDocument } from './hypotheses/rule-hash.ts';
export { type ChildTask, performInChild } from './perform/child-process.ts';
export {
  type PerformPlanned,
  performPlan,
  type Reproduction,
  type ReproductionListener,
} from './perform/perform-plan.ts';
export { type OnWork, performRun, type Workplace } from './perform/perform-run.ts';
export { type Plan, type PlannedRun, type PlanRequest, planReproduction } from './plan.ts';
export { costOf, measureSpeed } from './plan-costs.ts';
export { concludeReproduction, openReproduction, reproductionIn } from './reproduce.ts';
export { checkResults, type RunResults } from './results/run-results.ts';
export { type Scale, type ScaleName, type Stage, scaleNames, scales, stages } from './scales.ts';
export {
  type ReproductionDocument,
  reproductionDocumentSchema,
  type StageVerdict,
} from './verdicts/document.ts';
export {
  type ReproductionReportOptions,
  reproductionReport,
  writeReproductionReport,
} from './write-report.ts';

/** The training room's public surface. */

export {
  type Callback,
  type CallbackContext,
  type CallbackRecord,
  type EarlyStoppingOptions,
  type End,
  type EpochReport,
  type EvaluationReport,
  earlyStopping,
  type Json,
  type Outcome,
  type Position,
  type StepReport,
} from './callbacks.ts';
export {
  type AttackSource,
  attacksOf,
  isAmong,
  type LossTerm,
  type LossWeight,
  type OwnEpsilon,
  type Regime,
  type RegimePass,
  type Source,
  type VariableFilter,
} from './regime.ts';
export { lossNames, regimeProblems } from './regime-problems.ts';
export { type RegimeName, regimeNamed, regimeNames, regimes } from './regimes.ts';
export type { Averages, PassMetrics, RunningMetrics } from './running-metrics.ts';
export { learningRateAt, type Schedule } from './schedule.ts';
export { evaluationCells, type TrainingSetup } from './setup.ts';
export { type Parameter, parametersOf, type SgdOptions, velocityOf } from './sgd.ts';
export { sourceInputs } from './sources.ts';
export { type RegimeNumbers, type TrainingStepOptions, trainingStep } from './step.ts';
export { createTrainer, type Trainer, type TrainOptions } from './trainer.ts';
export type { Validation } from './validation.ts';

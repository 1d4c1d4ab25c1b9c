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
export type { Averages, PassMetrics, RunningMetrics, Validation } from './metrics.ts';
export {
  defineOptimizer,
  type Optimizer,
  type OptimizerDefinition,
  type OptimizerOptions,
  optimizerOf,
  optimizerOptions,
  optimizers,
  type Parameter,
  parametersOf,
} from './optimizers.ts';
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
  withNoise,
} from './regime.ts';
export { defineRegime, lossNames, regimeProblems } from './regime-problems.ts';
export { type RegimeName, regimeNamed, regimeNames, regimes } from './regimes.ts';
export {
  defineSchedule,
  learningRateAt,
  type RateAt,
  type RateRequest,
  type Schedule,
  type ScheduleDefinition,
  scheduleOptions,
  schedules,
} from './schedules.ts';
export { evaluationCells, type TrainingSetup } from './setup.ts';
export { sourceInputs } from './sources.ts';
export { type RegimeNumbers, type TrainingStepOptions, trainingStep } from './step.ts';
export { createTrainer, type Trainer, type TrainOptions } from './trainer.ts';

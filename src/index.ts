/**
 * What `import { ... } from 'dualbn'` gives: the workflows in a call each, what one defines oneself, and what most programs need.
 * Everything else is named by subject: `dualbn/attacks`, `dualbn/graph`, `dualbn/nn`, ... (package.json lists them), so that one
 * import does not load all of it.
 *
 *   const engine = await createEngine();
 *   const { network, test } = await loadTrained(openRun('runs/first'), engine);
 *   const model = { engine, network, cell: { statistics: 'adv', affine: 'adv' } };
 *   const adversarial = await pgd(model, { epsilon: 8 / 255 })(images, labels);
 */
export { type AnalysisDefinition, defineAnalysis } from './analysis/index.ts';
export {
  type AttackDefinition,
  type AttackOptions,
  apgd,
  apgdT,
  attack,
  autoattack,
  autoattackOutcomes,
  ddn,
  defineAttack,
  defineLoss,
  fab,
  fabT,
  fgsm,
  fmn,
  type LogitModel,
  type Loss,
  type Model,
  nearestAdversarial,
  pgd,
  square,
} from './attacks/index.ts';
export { type Configuration, resolveConfiguration } from './configuration/index.ts';
export { type Dataset, datasetFrom, evaluationSubset, gather, loadDataset } from './data/index.ts';
export { createEngine, type Engine, type EngineOptions } from './engines/index.ts';
export { DualbnError, type ErrorCode, InputError, type Problem, RunError } from './errors.ts';
export { type EvaluationDocument, evaluateGrid, type GridEvaluation } from './evaluation/index.ts';
export {
  analyze,
  evaluate,
  htmlReport,
  resume,
  type TrainedRun,
  type TrainRequest,
  train,
} from './experiments/index.ts';
export { type Cell, defineNetwork, makeNetwork, type Network } from './nn/index.ts';
export { loadTrained, openRun, type Run } from './runs/index.ts';
export {
  type Callback,
  defineOptimizer,
  defineRegime,
  defineSchedule,
  earlyStopping,
  type Regime,
} from './training/index.ts';

/** The attacks room's public surface. */
export { attack } from './attack.ts';
export type { Attack, Attacked, AttackedExample, AttackSettings, Radius } from './contract.ts';
export { checkExamples, type Examples } from './examples.ts';
export {
  comparing,
  type Loss,
  type LossContext,
  type LossName,
  logSoftmax,
  losses,
  meanOver,
} from './losses.ts';
export {
  batchShape,
  type Classifier,
  type LogitModel,
  type Model,
  oneHot,
  type Predictor,
  predictedClass,
  predictor,
  type Subject,
} from './model.ts';
export { type Norm, type NormName, norms } from './norms.ts';
export { type Epsilon, parseEpsilon } from './epsilon.ts';
export { type AttackOptions, attackForms, checkAttack, namedAttack, type Start } from './options.ts';
export { type Ascended, type Ascent, ascend, perturb } from './perturb.ts';
export { type CurvePoint, type PgdOptions, pgd, pgdCurve } from './pgd.ts';
export { drawStart, drawStarts, type StartKey } from './start.ts';

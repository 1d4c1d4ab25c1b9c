/** The attacks room's public surface. */
export { type ApgdOptions, apgdAttack } from './apgd.ts';
export { type TargetedApgdOptions, targetedApgdAttack } from './apgd-targeted.ts';
export { type Attack, type AttackChanges, type AttackSettings, attack } from './attack.ts';
export {
  type AttackCall,
  adversarialImages,
  apgd,
  apgdT,
  type CallOptions,
  ddn,
  fab,
  fabT,
  fgsm,
  fmn,
  type Nearest,
  type NearestOptions,
  nearestAdversarial,
  pgd,
  square,
} from './calls.ts';
export {
  apgdCurve,
  type CarryOver,
  type CurveCall,
  type CurveOptions,
  type CurvePoint,
  nearestOf,
  pgdCurve,
  smallestEpsilons,
} from './curves.ts';
export { type DdnOptions, ddnAttack } from './ddn.ts';
export {
  type AttackDefinition,
  type AttackDescription,
  type AttackForm,
  type AttackGiven,
  type AttackOptions,
  type AttackSuffix,
  countOption,
  defineAttack,
  mostSteps,
  optionsSchema,
  type Search,
  type SearchContext,
  type SearchExample,
  type SearchKey,
  type Seen,
  type StepInputs,
  type StepOutputs,
  sizeOption,
  type Walk,
} from './definition.ts';
export { type Epsilon, parseEpsilon } from './epsilon.ts';
export { type FabOptions, fabAttack, type TargetedFabOptions, targetedFabAttack } from './fab.ts';
export { type FmnOptions, fmnAttack } from './fmn.ts';
export type { Attacked, AttackedExample, NotFinite } from './loop.ts';
export {
  defineLoss,
  type Loss,
  type LossContext,
  type LossName,
  logSoftmax,
  losses,
  lossLabel,
  lossOf,
  meanOver,
} from './losses.ts';
export { distanceOf, isWithin } from './minimal-norm.ts';
export {
  batchShape,
  type Classifier,
  checkExamples,
  type Examples,
  examplesAt,
  type LogitModel,
  type Model,
  oneHot,
  type Predictor,
  predictedClass,
  predictor,
  programWidth,
  type Subject,
} from './model.ts';
export { namedAttack, namedForms, withRestarts } from './names.ts';
export {
  drawStart,
  drawStarts,
  noiseAttack,
  type Start,
  type StartKey,
  startImage,
  startSchema,
} from './noise.ts';
export {
  type AscentNorm,
  type AscentNormName,
  ascentNormNames,
  type Norm,
  type NormName,
  normNames,
  norms,
} from './norms.ts';
export { type Ascended, type Ascent, ascend, type PgdOptions, perturb, pgdAttack } from './pgd.ts';
export { type SquareOptions, squareAttack } from './square.ts';
export {
  type AutoAttackOptions,
  type AutoAttackVersion,
  autoattack,
  autoattackOutcomes,
  type FinishedSuiteStage,
  type SuiteCall,
  type SuiteOutcome,
  type SuiteSettings,
  suiteOutcomes,
} from './suite-calls.ts';
export {
  type AttackSuite,
  attackSuites,
  formIn,
  type NamedStage,
  type NamedSuite,
  type StagesForClasses,
  type SuiteStage,
  type SuiteTable,
  stagesForClasses,
  suiteForms,
  suiteFormsOf,
  suiteNamed,
} from './suites.ts';
export {
  type AttackTable,
  ascentOptions,
  attackForms,
  attackTable,
  checkAttack,
  definitionOf,
  formsOf,
} from './table.ts';

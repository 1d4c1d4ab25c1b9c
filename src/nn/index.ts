/** The nn room's public surface. */
export { type AdapterOptions, adapterKinds, plainAdapters } from './adapters.ts';
export { type BranchSets, type Cell, cellAxes, cellLabel, cellOf, gridOf, sameCell } from './cell.ts';
export { type LayerMaker, layerMaker, type NetworkDesign } from './layer-maker.ts';
export { convolutionLayer, headLayer, reluLayer } from './layers.ts';
export {
  classify,
  defineNetwork,
  type Forward,
  type ForwardOptions,
  type ImageShape,
  type Network,
  residual,
} from './network.ts';
export { type Stem, stems } from './networks/resnet.ts';
export {
  isNetworkName,
  makeNetwork,
  type NetworkName,
  type NetworkOptions,
  type NetworkParts,
  networkNames,
  networks,
} from './networks/table.ts';
export { batchNormalizationLayer, groupNormalizationLayer, statisticsMomentum } from './normalization.ts';
export {
  defaultGroups,
  type NormalizationKind,
  type NormalizationOptions,
  normalizationEpsilon,
  normalizationKinds,
} from './normalization-options.ts';
export {
  each,
  type JointForward,
  type Layer,
  type Pass,
  type PassChoice,
  type ReadVariable,
  type StatisticsChoice,
  type StatisticsUpdate,
  sequence,
} from './pass.ts';
export {
  type Branch,
  type Declare,
  type Initialization,
  initialValue,
  kaimingFanOut,
  type NetworkVariable,
  type Role,
  shared,
  trainableRoles,
} from './variables.ts';
export { type CheckedValues, faultsOf, refusedIn, refuseUnusableValues } from './weight-values.ts';

/** The nn room's public surface. */
export { type AdapterOptions, adapterKinds, plainAdapters } from './adapters.ts';
export { type BranchSets, type Cell, cellAxes, cellLabel, cellOf, gridOf, sameCell } from './cell.ts';
export {
  convolutionLayer,
  headLayer,
  type LayerMaker,
  layerMaker,
  type NetworkDesign,
  reluLayer,
} from './layers.ts';
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
export { batchNormalizationLayer, groupNormalizationLayer } from './normalization.ts';
export {
  defaultGroups,
  defaultMomentum,
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
  type CheckedValues,
  type Declare,
  faultsOf,
  type Initialization,
  initialValue,
  kaimingFanOut,
  type NetworkVariable,
  type Role,
  refusedIn,
  refuseUnusableValues,
  shared,
  trainableRoles,
} from './variables.ts';

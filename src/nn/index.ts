/** The nn room's public surface. */
export { type AdapterOptions, adapterKinds, plainAdapters } from './adapters.ts';
export { type BranchSets, type Cell, cellAxes, cellLabel, cellOf, gridOf, sameCell } from './cell.ts';
export { classify, type Forward, type ForwardOptions, type ImageShape, type Network } from './network.ts';
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
export { statisticsMomentum } from './normalization.ts';
export {
  defaultGroups,
  type NormalizationKind,
  type NormalizationOptions,
  normalizationEpsilon,
  normalizationKinds,
} from './normalization-options.ts';
export type { Pass, PassChoice, ReadVariable, StatisticsChoice, StatisticsUpdate } from './pass.ts';
export {
  type Branch,
  initialValue,
  type NetworkVariable,
  type Role,
  shared,
  trainableRoles,
} from './variables.ts';
export { type CheckedValues, faultsOf, refusedIn, refuseUnusableValues } from './weight-values.ts';

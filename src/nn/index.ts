/** The nn room's public surface. */
export { type BranchSets, type Cell, cellAxes, cellLabel, cellOf, gridOf, sameCell } from './cell.ts';
export { classify, type Forward, type ForwardOptions, type ImageShape, type Network } from './network.ts';
export {
  isNetworkName,
  makeNetwork,
  type NetworkName,
  type NetworkOptions,
  networkNames,
  networks,
} from './networks/table.ts';
export { normalizationEpsilon, statisticsMomentum } from './normalization.ts';
export type { Pass, PassChoice, ReadVariable, StatisticsChoice, StatisticsMove } from './pass.ts';
export {
  type Branch,
  initialValue,
  type NetworkVariable,
  type Role,
  shared,
  trainableRoles,
} from './variables.ts';

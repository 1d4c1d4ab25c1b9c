/** The nn room's public surface. */
export { type Cell, classify, type Forward, gridOf, type ImageShape, type Network } from './network.ts';
export {
  isNetworkName,
  makeNetwork,
  type NetworkName,
  type NetworkOptions,
  networkNames,
  networks,
} from './networks/table.ts';
export { type NormalizationSets, normalizationEpsilon, statisticsMomentum } from './normalization.ts';
export type { Pass, PassChoice, StatisticsChoice, StatisticsMove } from './pass.ts';
export {
  type Branch,
  initialValue,
  type NetworkVariable,
  type Role,
  shared,
  trainableRoles,
} from './variables.ts';

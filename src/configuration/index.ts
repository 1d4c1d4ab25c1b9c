/** What a run is asked to do: the schema, its presets, and the way from files and overrides to a checked value. */

export { type Epsilon, parseEpsilon } from '../attacks/index.ts';
export {
  configurationHash,
  plainConfiguration,
  recipeHash,
  trainingAttack,
  validationAttack,
  writeConfiguration,
} from './canonical.ts';
export { packageRoot, packageVersion, presetNames, type Source } from './presets.ts';
export { KEYS as configurationKeys, type Key } from './reference.ts';
export {
  type ConfigurationCheck,
  type ConfigurationRequest,
  type ResolvedConfiguration,
  resolveConfiguration,
} from './resolve.ts';
export type { Configuration } from './schema/index.ts';
export { regimeOf } from './schema/regime.ts';

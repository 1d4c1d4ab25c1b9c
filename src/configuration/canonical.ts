/** A configuration as a file that gives the same configuration back, and as a short name that changes with its content. */

import { stringify } from 'yaml';
import { z } from 'zod';
import { canonicalJson, sha256 } from '../files/index.ts';
import { toRecord } from './layer.ts';
import { type Configuration, configurationSchema, YOUNGER } from './schema/index.ts';

/** Every key as YAML, sizes as they were written (`8/255`), in the order of the schema. */
export function writeConfiguration(configuration: Configuration): string {
  return stringify(plainConfiguration(configuration), { lineWidth: 0 });
}

/**
 * A hash of what is asked for: 16 hexadecimal digits, independent of the order of keys.
 *
 * `data.directory` and `engine` are left out: they say where and with what a run is done, and a run may move to another
 * machine. So is `analysis`, which says what is looked at meanwhile.
 */
export function configurationHash(configuration: Configuration): string {
  const { engine: _, analysis: __, data, ...rest } = plainConfiguration(configuration);
  const { directory: ___, ...what } = toRecord(data ?? {});
  return sha256(canonicalJson(withoutYounger({ ...rest, data: what }))).slice(0, 16);
}

/** As a file would say it: plain values, sizes as they were written. */
export function plainConfiguration(configuration: Configuration) {
  // The schema's own type is mutable; encoding only reads.
  return z.encode(configurationSchema, configuration as z.output<typeof configurationSchema>);
}

// Without the younger keys that are at the value by which they change nothing.
function withoutYounger(value: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const path = prefix + key;
    if (path in YOUNGER && canonicalJson(inner) === canonicalJson(YOUNGER[path])) return [];
    const isMapping = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    return [[key, isMapping ? withoutYounger(toRecord(inner), `${path}.`) : inner]];
  });
  return Object.fromEntries(kept);
}

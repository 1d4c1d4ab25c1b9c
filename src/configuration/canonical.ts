/** A configuration in other forms: a file that gives it back, a short name that changes with its content, its attacks. */

import { stringify } from 'yaml';
import { z } from 'zod';
import { type AttackOptions, namedAttack, type PgdOptions } from '../attacks/index.ts';
import { canonicalJson, sha256 } from '../files/index.ts';
import { isMapping, toRecord } from './layers.ts';
import { withFormerKeys } from './renamed.ts';
import { type Configuration, configurationSchema, YOUNGER } from './schema/index.ts';

/** Every key as YAML, sizes as they were written (`8/255`), in the order of the schema. */
export function writeConfiguration(configuration: Configuration): string {
  return stringify(plainConfiguration(configuration), { lineWidth: 0 });
}

/**
 * A hash of what is asked for: 16 hexadecimal digits, independent of the order of keys.
 *
 * `data.directory` and `engine` are left out: they say where and with what a run is done, and a run may move to another
 * machine. So is `analysis`, which says what is looked at meanwhile. Keys go by the names that they had in version 0.1.
 */
export function configurationHash(configuration: Configuration): string {
  const { engine: _, analysis: __, data, ...rest } = plainConfiguration(configuration);
  const { directory: ___, ...what } = toRecord(data ?? {});
  return sha256(canonicalJson(withFormerKeys(withoutYounger({ ...rest, data: what })))).slice(0, 16);
}

/**
 * The configurationHash of all but the seed: runs that have it in common are repetitions of one another, on whatever engine,
 * which computes the same within rounding.
 */
export function recipeHash(configuration: Configuration): string {
  return configurationHash({ ...configuration, seed: 0 });
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
    // From the inside out: of a mapping that is younger itself, some keys may be younger still.
    const left = isMapping(inner) ? withoutYounger(toRecord(inner), `${path}.`) : inner;
    return path in YOUNGER && canonicalJson(left) === canonicalJson(YOUNGER[path]) ? [] : [[key, left]];
  });
  return Object.fromEntries(kept);
}

// The attacks a configuration asks for, as the attacks room takes them.

/** The attack in training. */
export function trainingAttack({ attack }: Configuration): PgdOptions {
  const { epsilon, stepSize } = attack;
  return { name: 'pgd', ...attack, epsilon: epsilon.value, stepSize: stepSize.value, restarts: 1 };
}

/** The attack on the validation images. */
export function validationAttack({ validation, evaluation }: Configuration): AttackOptions {
  return namedAttack(validation.attack, evaluation.epsilon.value);
}

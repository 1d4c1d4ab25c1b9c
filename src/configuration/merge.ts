/** Laying one set of values over another. */

import { toRecord } from './layer.ts';

/**
 * `over` laid over `under`: mappings merge key by key, anything else replaces.
 *
 * @param choices Paths of mappings with the key that decides what else they hold: when `over` changes that key, the
 *   rest of the mapping under it is dropped.
 */
export function merge(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
  choices: Readonly<Record<string, string>>,
  prefix = '',
): Record<string, unknown> {
  const choice = choices[prefix];
  const switches = choice !== undefined && choice in over && over[choice] !== under[choice];
  const merged: Record<string, unknown> = Object.assign(Object.create(null), switches ? {} : under);
  for (const [key, value] of Object.entries(over)) {
    const inner = merged[key];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    merged[key] =
      isMapping(inner) && isMapping(value) ? merge(toRecord(inner), toRecord(value), choices, path) : value;
  }
  return merged;
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

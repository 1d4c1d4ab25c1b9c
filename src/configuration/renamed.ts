/**
 * Keys that had another name, or existed, in version 0.1. A user who writes one is told the new name; the configuration inside a run
 * directory of that version is read as if it had been written today. Hashes keep the old names, so that a run's checkpoints stay
 * its own whichever version wrote them.
 */
import type { Problem } from '../errors.ts';
import { isMapping, toRecord } from './layers.ts';

/** Paths under today's names, `*` for any name, with what their last key was called. */
const RENAMED: readonly (readonly [path: string, formerly: string])[] = [
  ['init', 'start'],
  ['regime.definition', 'row'],
  ['regime.definition.statisticsUpdates', 'moves'],
  ['regime.definition.frozen', 'keeps'],
  ['regime.definition.init', 'start'],
  ['regime.definition.init.reinitialized', 'fresh'],
  ['regime.definition.sources.*.cell', 'through'],
];

/** Keys that are no more, with the value that says what is done without them, and why they are no more. */
const REMOVED: readonly (readonly [path: string, value: unknown, reason: string])[] = [
  [
    'attack.restarts',
    1,
    'restarts have no effect in training: leave it out; a test attack is given restarts by its name',
  ],
];

type Values = Readonly<Record<string, unknown>>;

/** The problems of a layer that says keys of version 0.1, each at the path where it was written. */
export function formerKeyProblems(values: Values): Problem[] {
  const renamed: Problem[] = [];
  rename(values, (path, key, written) => {
    const today = todaysName(path, key);
    if (today === undefined) return [key, key];
    renamed.push({
      where: [...written, key].join('.'),
      what: `is called ${[...path, today].join('.')} now`,
    });
    return [today, today];
  });
  const removed = REMOVED.flatMap(([path, , reason]) =>
    has(values, path.split('.')) ? [{ where: path, what: reason }] : [],
  );
  return [...renamed, ...removed];
}

/** What a run directory of version 0.1 says, under today's names. Removed keys are dropped at the value that did nothing else. */
export function readFormerKeys(values: Values): Values {
  const today = rename(values, (path, key) => {
    const name = todaysName(path, key) ?? key;
    return [name, name];
  });
  return REMOVED.reduce<Values>((rest, [path, value]) => without(rest, path.split('.'), value), today);
}

/** A configuration under the names that hashes are made of. */
export function withFormerKeys(values: Values): Values {
  const former = rename(values, (path, key) => [formerName(path, key) ?? key, key]);
  return REMOVED.reduce<Values>((rest, [path, value]) => withValue(rest, path.split('.'), value), former);
}

const matches = (pattern: string, path: readonly string[]) => {
  const parts = pattern.split('.');
  return parts.length === path.length && parts.every((part, at) => part === '*' || part === path[at]);
};

/** Today's name of a key that is called `key` in the mapping at `path`, if it is another. */
const todaysName = (path: readonly string[], key: string) => {
  const found = RENAMED.find(
    ([pattern, formerly]) => formerly === key && matches(pattern, [...path, lastOf(pattern)]),
  );
  return found && lastOf(found[0]);
};

const formerName = (path: readonly string[], key: string) =>
  RENAMED.find(([pattern]) => matches(pattern, [...path, key]))?.[1];

const lastOf = (pattern: string) => pattern.slice(pattern.lastIndexOf('.') + 1);

/** Give every key of nested mappings another name; `choose` says it and the name in the path of what is inside. */
function rename(
  values: Values,
  choose: (path: readonly string[], key: string, written: readonly string[]) => readonly [string, string],
  path: readonly string[] = [],
  written: readonly string[] = [],
): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(values)) {
    const [name, within] = choose(path, key, written);
    out[name] = isMapping(value)
      ? rename(toRecord(value), choose, [...path, within], [...written, key])
      : value;
  }
  return out;
}

function has(values: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  return isMapping(values) && Object.hasOwn(values, key) && has(toRecord(values)[key], rest);
}

function without(values: Values, [key = '', ...rest]: readonly string[], value: unknown): Values {
  if (!Object.hasOwn(values, key)) return values;
  const inner = values[key];
  if (rest.length > 0)
    return isMapping(inner) ? { ...values, [key]: without(toRecord(inner), rest, value) } : values;
  if (inner !== value) return values;
  const { [key]: _, ...others } = values;
  return others;
}

function withValue(values: Values, [key = '', ...rest]: readonly string[], value: unknown): Values {
  const inner = values[key];
  return {
    ...values,
    [key]: rest.length === 0 ? value : withValue(isMapping(inner) ? toRecord(inner) : {}, rest, value),
  };
}

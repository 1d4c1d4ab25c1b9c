/**
 * The layers of a configuration: YAML files, presets and the overrides of a command line, each of which sets some keys, and how one
 * is laid over another.
 *
 * Layers know where their values were written, so that a problem can name the file and line. What keys mean is not known here.
 */

import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { InputError, type Problem } from '../errors.ts';
import { fileError } from '../files/index.ts';

export interface Layer {
  /** For display: `presets/small.yaml`, `--set`. */
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where `path` was written (`small.yaml:12`, `--set`), or undefined if this layer does not set it. */
  readonly locate: (path: readonly string[]) => string | undefined;
}

/**
 * Reads a YAML file whose top level is a mapping.
 *
 * @throws InputError with file and line if it cannot be read, is not YAML, or has a key twice.
 */
export function readLayer(file: string): Layer {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof TypeError)
      throw new InputError(`cannot read ${file}: it is not a text file in UTF-8`);
    throw fileError('read', file, error);
  }
  return parseLayer(file, text);
}

/** As readLayer, for text that is at hand. */
export function parseLayer(file: string, text: string): Layer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ code, pos, message }) => ({
      where: `${file}:${lines.linePos(pos[0]).line}`,
      what: code === 'DUPLICATE_KEY' ? `the key ${keyAt(text, pos[0])} is there twice` : lowerFirst(message),
    }));
    throw new InputError(`cannot read ${file} as YAML:`, problems);
  }
  // A file of comments alone overrides nothing.
  if (document.contents !== null && !isMap(document.contents)) {
    throw new InputError(`cannot read ${file}: expected a mapping of keys to values at the top`);
  }
  const line = (path: readonly string[]): number | undefined => {
    const offset = keyOffset(document.contents, path);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
  return {
    name: file,
    values: document.contents === null ? {} : toRecord(document.toJS()),
    locate: (path) => {
      const at = line(path);
      return at === undefined ? undefined : `${file}:${at}`;
    },
  };
}

// The offset of the last key of `path`, or of the deepest list on the way to it.
function keyOffset(contents: unknown, path: readonly string[]): number | undefined {
  let node = contents;
  let offset: number | undefined;
  for (const part of path) {
    if (!isMap(node)) return offset;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
    if (pair === undefined) return undefined;
    offset = isNode(pair.key) ? pair.key.range?.[0] : undefined;
    node = pair.value;
  }
  return offset;
}

/** An object as a record, for values whose keys are not known yet. */
export function toRecord(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value));
}

function keyAt(text: string, offset: number): string {
  return /^[^\s:]+/.exec(text.slice(offset))?.[0] ?? '';
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

const FORM = /^([\w-]+(?:\.[\w-]+)*)=(.*)$/s;

/**
 * Reads overrides such as `attack.epsilon=16/255` and `schedule.milestones=[50, 52]`; a later one wins.
 *
 * @throws InputError that lists every one that is not of this form.
 */
export function overridesLayer(overrides: readonly string[]): Layer {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = Object.create(null);
  const written = new Map<string, string>();
  for (const override of overrides) {
    const match = FORM.exec(override);
    if (match === null) {
      problems.push({ where: `--set ${override}`, what: 'expected key=value, such as attack.epsilon=8/255' });
      continue;
    }
    const document = parseDocument(match[2], { prettyErrors: false });
    if (document.errors.length > 0 || document.contents === null) {
      const found = match[2] === '' ? 'nothing' : `'${match[2]}'`;
      problems.push({
        where: `--set ${override}`,
        what: `expected a YAML value after the =, found ${found}`,
      });
      continue;
    }
    setAt(values, match[1].split('.'), document.toJS());
    written.set(match[1], override);
  }
  if (problems.length > 0) throw new InputError('cannot read the overrides:', problems);
  return { name: '--set', values, locate: (path) => locate(written, path) };
}

// The override that set this path, something inside it, or the mapping around it.
function locate(written: ReadonlyMap<string, string>, path: readonly string[]): string | undefined {
  const dotted = path.join('.');
  const related = [...written.keys()].filter(
    (key) => key === dotted || key.startsWith(`${dotted}.`) || dotted.startsWith(`${key}.`),
  );
  return related.length === 0 ? undefined : `--set ${written.get(related[related.length - 1])}`;
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let section = root;
  for (const part of path.slice(0, -1)) {
    const inner = section[part];
    // Null prototypes: a key named like a member of Object is a key like any other, and unknown.
    const next: Record<string, unknown> = Object.create(null);
    section[part] = typeof inner === 'object' && inner !== null ? Object.assign(next, inner) : next;
    section = next;
  }
  section[path[path.length - 1]] = value;
}

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

/** Whether a value is a mapping of keys to values. */
export function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

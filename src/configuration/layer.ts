/**
 * A layer of a configuration: a YAML file, a preset, or the overrides of a command line, each of which sets some keys.
 *
 * Layers know where their values were written, so that a problem can name the file and line. What keys mean is not
 * known here.
 */

import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { InputError } from '../errors.ts';
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

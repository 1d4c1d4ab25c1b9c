/** JSON files: parsed with bounds, checked by a schema, and written so that people can read them. */

import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { InputError } from '../errors.ts';
import { maxDocumentBytes, readRegularFile } from './regular-file.ts';

/** Deeper than any document of this program; what recurses over a value stays far from the end of the stack. */
const maxDepth = 100;

/** A file that is wrong in a thousand places is not told a thousand times. */
const maxProblems = 12;
const maxProblemLength = 300;

/**
 * Parses JSON that may come from anywhere.
 *
 * @param file Names the text in errors.
 * @throws InputError if it is no JSON or nested more than a hundred deep.
 */
export function parseJson(file: string, text: string): unknown {
  if (depthOf(text) > maxDepth)
    throw damaged(`${file} is damaged: its JSON is nested more than ${maxDepth} deep`);
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(`${file} is damaged: it is not JSON`);
  }
}

/** Checks a value against a schema. @throws InputError that names the file and at most a dozen problems. */
export function checkSchema<Schema extends z.ZodType>(
  file: string,
  value: unknown,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.slice(0, maxProblems).map(({ path, message }) => ({
    where: cut(path.join('.')),
    what: cut(message),
  }));
  const more = issues.length - problems.length;
  if (more > 0) problems.push({ where: '...', what: `and ${more} more` });
  throw damaged(`${file} is damaged:`, problems);
}

/**
 * Reads a JSON file that a schema describes.
 *
 * @throws InputError that names it: missing, no regular file, too large, no JSON, nested too deep, not as the schema says.
 */
export function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  maxBytes = maxDocumentBytes,
): z.output<Schema> {
  return checkSchema(path, parseJson(path, readRegularFile(path, maxBytes)), schema);
}

/** Indented, but for lists of numbers: a line each of thousands of channels nobody reads. Ends in a newline. */
export function readableJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replaceAll(
    /\[\n\s+([-\d][^[\]{}"]*?)\n\s+\]/g,
    (_, numbers: string) => `[${numbers.replaceAll(/,\n\s+/g, ', ')}]`,
  );
  return `${text}\n`;
}

const QUOTE = 34;
const BACKSLASH = 92;

/** How deep the brackets of a text are nested, those in strings left out. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isInString) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) isInString = false;
    } else if (code === QUOTE) isInString = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}

function damaged(message: string, problems: InputError['problems'] = []): InputError {
  return new InputError(message, problems, { code: 'damaged' });
}

const cut = (text: string) =>
  text.length <= maxProblemLength ? text : `${text.slice(0, maxProblemLength)}...`;

// Digests: sha256 of bytes, and the one text of a JSON value that a digest of it is taken over.

/** sha256 as 64 hexadecimal digits; of several parts, as of one after another. */
export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * A value as JSON without spaces, the keys of every object sorted by UTF-16 code units, as in RFC 8785. What JSON cannot
 * say becomes what JSON.stringify makes of it, so that a value and the same value read back have the same text.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What the schema found wrong, in the words of the user: path, expected, found, and the nearest known key. */
import type { z } from 'zod';
import { didYouMean, nearest } from '../suggestions.ts';
import { KEYS } from './reference.ts';

/** A problem before it is known which file or option brought it. */
export interface PathProblem {
  readonly path: readonly string[];
  readonly what: string;
}

const NOUNS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

/** Describes every issue; `input` is what was parsed. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], input: unknown): PathProblem[] {
  return issues.flatMap((issue) => describeIssue(issue, input));
}

function describeIssue(issue: z.core.$ZodIssue, input: unknown): PathProblem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], what: describeUnknownKey(path, key) }));
  }
  const found = valueAt(input, path);
  return [{ path, what: expectation(issue, found) }];
}

function expectation(issue: z.core.$ZodIssue, found: unknown): string {
  const word = typeof found === 'string' ? found : '';
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${NOUNS[issue.expected] ?? issue.expected}, found ${describeValue(found)}`;
    case 'too_small':
      return `expected ${issue.origin === 'array' ? 'a list of ' : ''}${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}, found ${describeValue(found)}`;
    case 'too_big':
      return `expected ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}, found ${describeValue(found)}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), word, found);
    case 'invalid_key':
      return `${issue.issues[0]?.message ?? issue.message}, found '${String(issue.path.at(-1))}'`;
    case 'invalid_union':
      // A union of mappings carries the kinds it knows, any other one carries its own words.
      return 'options' in issue && Array.isArray(issue.options)
        ? oneOf(issue.options.filter((kind) => kind !== undefined).map(String), word, found)
        : `${issue.message}, found ${describeValue(found)}`;
    default:
      // Checks of our own name what they found; a bare predicate cannot.
      return issue.message.includes('found')
        ? issue.message
        : `${issue.message}, found ${describeValue(found)}`;
  }
}

function oneOf(known: readonly string[], word: string, found: unknown): string {
  return `expected one of ${known.join(', ')}, found ${describeValue(found)}${didYouMean(word, known)}`;
}

function describeUnknownKey(section: readonly string[], key: string): string {
  const prefix = section.map((part) => `${part}.`).join('');
  const siblings = KEYS.filter(
    ({ path }) => path.startsWith(prefix) && !path.slice(prefix.length).includes('.'),
  );
  const sibling = siblings.find(({ path }) => path === prefix + key);
  if (sibling?.when !== undefined) return `exists only with ${sibling.when}`;
  const names = siblings.map(({ path }) => path.slice(prefix.length));
  const near = nearest(key, names);
  if (near !== undefined) return `unknown key; did you mean ${prefix}${near}?`;
  const elsewhere = KEYS.find(({ path }) => path.split('.').at(-1) === key);
  if (elsewhere !== undefined) return `unknown key; did you mean ${elsewhere.path}?`;
  if (names.length === 0) return 'unknown key';
  return `unknown key; known here: ${[...new Set(names)].join(', ')}`;
}

/** A value as an error shows it: short, and telling text from numbers. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 57)}...` : value}'`;
  if (Array.isArray(value)) return value.length <= 8 ? `the list [${value.join(', ')}]` : 'a list';
  return typeof value === 'object' ? 'a mapping' : String(value);
}

/** The value at a path of nested mappings and lists, or undefined. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/**
 * Shards of an evaluation: every n-th of its examples. What one found is a sealed file of its own in the run,
 * `evaluations/STEM-KEY-3-of-8.shard`, with the whole request that it answers. Which shards make an evaluation is not decided here.
 *
 * The name is for people and for whoever copies files; what a shard is of is said by what is in it.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { packageVersion } from '../configuration/index.ts';
import { InputError } from '../errors.ts';
import { documentSubjectSchema, requestSchema } from '../evaluation/index.ts';
import { fileError, frameDocument, openSealed, systemErrorCode, writeAtomically } from '../files/index.ts';
import { type ResultLine, resultLineSchema } from './result-lines.ts';
import type { RunPaths } from './run.ts';

/** The number-th of count shards, counted from 1. */
export interface Shard {
  readonly number: number;
  readonly count: number;
}

export const shardText = ({ number, count }: Shard): string => `${number}/${count}`;

/** Reads `3/8`. @throws InputError for anything that is no shard. */
export function parseShard(text: string): Shard {
  const [, number, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (number === undefined || count === undefined || number < 1 || number > count)
    throw new InputError(`expected a shard such as 3/8, from 1/8 to 8/8, not '${text}'`);
  return { number, count };
}

/** Whether the example at a place of an evaluation, from 0, belongs to a shard: every n-th, as neighbours are often alike. */
export const isInShard = ({ number, count }: Shard, place: number): boolean => place % count === number - 1;

/** The name of what belongs to a shard, by that of the evaluation (evaluationName). */
export const shardName = (evaluation: string, { number, count }: Shard): string =>
  `${evaluation}-${number}-of-${count}`;

const shardDocumentSchema = z.object({
  document: z.literal('evaluation-shard'),
  version: z.literal(2),
  created: z.iso.datetime(),
  dualbn: z.string().describe('The version of the program; another may find other results.'),
  subject: documentSubjectSchema,
  request: requestSchema.describe('Of the whole evaluation.'),
  shard: z
    .object({ number: z.int().min(1), count: z.int().min(1) })
    .refine(({ number, count }) => number <= count, 'expected a number of at most the count'),
  results: z.array(resultLineSchema),
});

export type ShardDocument = Readonly<z.output<typeof shardDocumentSchema>>;

type Place = { readonly paths: Pick<RunPaths, 'evaluations'> };

/** Writes what a shard found, over what it found before, and says where. */
export async function writeShard(
  { paths }: Place,
  name: string,
  content: Pick<ShardDocument, 'subject' | 'request' | 'shard'> & { readonly results: readonly ResultLine[] },
): Promise<string> {
  const path = join(paths.evaluations, `${name}.shard`);
  try {
    mkdirSync(paths.evaluations, { recursive: true });
  } catch (error) {
    throw fileError('write into', paths.evaluations, error);
  }
  const document = frameDocument('evaluation-shard', { dualbn: packageVersion, ...content });
  await writeAtomically(path, `${JSON.stringify(document)}\n`);
  return path;
}

export interface StoredShard {
  readonly path: string;
  readonly document: ShardDocument;
}

export interface StoredShards {
  readonly found: readonly StoredShard[];
  /** Files that are no shard any more: damaged, of another version of the format, no regular file. */
  readonly unreadable: readonly { readonly path: string; readonly error: InputError }[];
}

/** The shards that are in a run, of whatever request, in the order of their names. @throws InputError as readRegularFile. */
export function readShards({ paths }: Place): StoredShards {
  const found: StoredShard[] = [];
  const unreadable: { path: string; error: InputError }[] = [];
  for (const path of shardFiles(paths.evaluations)) {
    try {
      found.push({ path, document: openSealed(path, shardDocumentSchema, 'evaluate this shard again') });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unreadable.push({ path, error });
    }
  }
  return { found, unreadable };
}

function shardFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.shard') && !name.startsWith('.'))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
      .map((name) => join(folder, name));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileError('read', folder, error);
  }
}

/** Whether the name of a file says that it is a shard of an evaluation. */
export const isNamedShardOf = (evaluation: string, path: string): boolean =>
  /^\d+-of-\d+$/.test(basename(path, '.shard').slice(evaluation.length + 1)) &&
  basename(path).startsWith(`${evaluation}-`);

/** Removes shards whose evaluation is written. */
export function removeShards(shards: Iterable<Pick<StoredShard, 'path'>>): void {
  for (const { path } of shards) rmSync(path, { force: true });
}

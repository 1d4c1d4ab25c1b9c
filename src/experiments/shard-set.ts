/**
 * Which shards make an evaluation: all of one partition, each once, of exactly its request, weights, data, engine and program. What
 * else is there is named. Reads no file and evaluates nothing.
 */
import { basename } from 'node:path';
import { packageVersion } from '../configuration/index.ts';
import { InputError, type Problem } from '../errors.ts';
import type { DocumentSubject, RequestDescription } from '../evaluation/index.ts';
import {
  isNamedShardOf,
  type ShardDocument,
  type StoredShard,
  type StoredShards,
  shardText,
} from '../runs/index.ts';
import { evaluationKey } from './evaluate-run.ts';

/** The evaluation that shards are looked for. */
export interface Wanted {
  /** evaluationName: what the names of its shards begin with. */
  readonly name: string;
  readonly subject: DocumentSubject;
  readonly request: RequestDescription;
}

const keyOf = ({ dualbn, subject, request }: Pick<ShardDocument, 'dualbn' | 'subject' | 'request'>) =>
  evaluationKey(dualbn, subject, request);

/** Whether a shard is of an evaluation by this version of the program. */
export const isShardOf = ({ subject, request }: Wanted, document: ShardDocument): boolean =>
  keyOf(document) === keyOf({ dualbn: packageVersion, subject, request });

/**
 * The shards of an evaluation, in the order of their numbers.
 *
 * @throws InputError that names every shard that is missing, damaged, there twice or of another partition, and where shards are
 *   missing what those are that are not of this evaluation.
 */
export function completeSet({ found, unreadable }: StoredShards, wanted: Wanted): readonly StoredShard[] {
  const ours = found.filter(({ document }) => isShardOf(wanted, document));
  const damaged = unreadable.filter(({ path }) => isNamedShardOf(wanted.name, path));
  const counts = [...new Set(ours.map(({ document }) => document.shard.count))].sort((a, b) => a - b);
  if (counts.length > 1)
    throw new InputError(
      `shards of ${counts.join(' and of ')} overlap; remove all but those of one division:`,
      ours.map(problemOf),
      { code: 'mismatch' },
    );
  const withNumber = (n: number) => ours.filter(({ document }) => document.shard.number === n);
  const twice = ours.filter(({ document }) => withNumber(document.shard.number).length > 1);
  if (twice.length > 0)
    throw new InputError('a shard is there twice; remove one of each:', twice.map(problemOf), {
      code: 'mismatch',
    });
  const [count] = counts;
  const numbers = Array.from({ length: count ?? 0 }, (_, at) => at + 1);
  const missing = numbers.filter((number) => withNumber(number).length === 0);
  if (count === undefined || missing.length > 0 || damaged.length > 0) {
    const others = found.filter((each) => !ours.includes(each));
    throw new InputError(
      count === undefined
        ? 'no shard of this evaluation is in the run; evaluate them with --shard'
        : missing.length === 0
          ? 'a shard is damaged:'
          : `shards are missing: ${listed(missing.map((number) => shardText({ number, count })))}; evaluate them, or copy them here`,
      [
        ...damaged.map(({ path, error }) => ({ where: basename(path), what: error.message })),
        ...others.map(({ path, document }) => ({
          where: basename(path),
          what: `of another evaluation: ${differencesFrom(wanted, document)}`,
        })),
      ],
      { code: damaged.length > 0 ? 'damaged' : others.length > 0 ? 'mismatch' : 'not-found' },
    );
  }
  return numbers.flatMap(withNumber);
}

const problemOf = ({ path, document }: StoredShard): Problem => ({
  where: basename(path),
  what: `shard ${shardText(document.shard)}`,
});

const mostListed = 12;
const listed = (names: readonly string[]): string =>
  [
    ...names.slice(0, mostListed),
    ...(names.length > mostListed ? [`${names.length - mostListed} more`] : []),
  ].join(', ');

const mostDifferences = 3;

/** `request.epsilon.text is 4/255, not 8/255; ...` */
function differencesFrom({ subject, request }: Wanted, document: ShardDocument): string {
  // The name of the run is no part of what decides a result.
  const comparable = ({ run: _, ...of }: DocumentSubject) => of;
  const found = differences(
    { dualbn: document.dualbn, subject: comparable(document.subject), request: document.request },
    { dualbn: packageVersion, subject: comparable(subject), request },
  );
  const more = found.length - mostDifferences;
  return [...found.slice(0, mostDifferences), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function differences(found: unknown, expected: unknown, path = ''): string[] {
  if (isObject(found) && isObject(expected)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
    return [...keys].flatMap((key) =>
      differences(found[key], expected[key], path === '' ? key : `${path}.${key}`),
    );
  }
  if (Object.is(found, expected)) return [];
  return [`${path} is ${valueText(found)}, not ${valueText(expected)}`];
}

const valueText = (value: unknown): string => {
  if (value === undefined) return 'absent';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
};

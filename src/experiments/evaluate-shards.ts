/**
 * An evaluation in shards: each finds the results of its examples and keeps them in the run; merged they are all the results that the
 * whole evaluation would have found, so that it only looks at the clean images and makes its checks, to the same document.
 */
import { type Dataset, gather } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { describeEvaluation, type PartialResults, readIndices } from '../evaluation/index.ts';
import { sealDocument } from '../files/index.ts';
import { cellLabel } from '../nn/index.ts';
import {
  collectResultLines,
  isInShard,
  openPartialResults,
  type Run,
  readShards,
  removeShards,
  type Shard,
  type StoredShard,
  shardName,
  writeEvaluation,
  writeShard,
} from '../runs/index.ts';
import {
  type EvaluatedRun,
  type EvaluationPlan,
  type EvaluationSettings,
  evaluatePrepared,
  type PreparedEvaluation,
  prepareEvaluation,
  testExamples,
} from './evaluate-run.ts';
import { completeSet, isShardOf } from './shard-set.ts';

export interface EvaluatedShard {
  readonly shard: Shard;
  /** Examples of the shard, and of the whole evaluation. */
  readonly examples: number;
  readonly of: number;
  /** Where its results are. */
  readonly path: string;
}

/**
 * Carry a shard of a plan out. It goes on where it was cut, as evaluateRun does; one that is there already is left as it is.
 *
 * @throws as evaluateRun; InputError for a shard without examples, and where shards of another division are in the run.
 */
export async function evaluateShard(
  run: Run,
  engine: Engine,
  plan: EvaluationPlan,
  shard: Shard,
  settings: EvaluationSettings = {},
): Promise<EvaluatedShard> {
  const prepared = await prepareEvaluation(run, engine, plan, settings);
  const { test, subject, request } = prepared;
  const all = readIndices(request.examples.indices);
  // A shard without examples could not be evaluated, and all are needed to merge.
  if (shard.count > all.length)
    throw new InputError(
      `${shard.count} parts are too many for ${all.length} examples: divide them into at most ${all.length}`,
    );
  const indices = all.filter((_, place) => isInShard(shard, place));
  const { path: kept } = earlierShard(run, prepared, shard) ?? {};
  const done = { shard, examples: indices.length, of: all.length };
  if (kept !== undefined) return { ...done, path: kept };
  const name = shardName(prepared.name, shard);
  const partialResults = openPartialResults(run, name);
  try {
    const examples = examplesAt(test, indices);
    await evaluatePrepared(prepared, engine, plan, examples, partialResults, settings);
  } catch (error) {
    partialResults.close();
    throw error;
  }
  const results = partialResults.lines();
  const path = await writeShard(run, name, { subject, request, shard, results });
  partialResults.discard();
  return { ...done, path };
}

const examplesAt = (test: Dataset, indices: readonly number[]) => gather(test, Uint32Array.from(indices));

/** The shard, where it was evaluated before. @throws InputError where shards of another division are there. */
function earlierShard(
  run: Run,
  prepared: PreparedEvaluation,
  { number, count }: Shard,
): StoredShard | undefined {
  const { found } = readShards(run);
  const ours = found.filter(({ document }) => isShardOf(prepared, document));
  const other = ours.find(({ document }) => document.shard.count !== count);
  if (other)
    throw new InputError(
      `this evaluation was begun in ${other.document.shard.count} shards, of which ${other.path} is one: ` +
        `go on so, or remove them`,
      [],
      { code: 'mismatch' },
    );
  return ours.find(({ document }) => document.shard.number === number);
}

/**
 * Write the document of a plan from its shards, and remove them. Only clean images are given to the network, and what checks need.
 *
 * @throws InputError where the shards in the run are not exactly those of this plan on this engine; see completeSet.
 */
export async function mergeShards(
  run: Run,
  engine: Engine,
  plan: EvaluationPlan,
  settings: EvaluationSettings = {},
): Promise<EvaluatedRun> {
  const prepared = await prepareEvaluation(run, engine, plan, settings);
  const shards = completeSet(readShards(run), prepared);
  const examples = testExamples(prepared.test, plan.examples);
  const results = resultsOf(shards, readIndices(prepared.request.examples.indices));
  const evaluation = await evaluatePrepared(prepared, engine, plan, examples, results, settings);
  const document = sealDocument(describeEvaluation(evaluation, prepared.subject));
  const path = await writeEvaluation(run, prepared.stem, document);
  removeShards(shards);
  return { document, path };
}

/** What shards found, all that there is: nothing is attacked again. */
function resultsOf(shards: readonly StoredShard[], indices: readonly number[]): PartialResults {
  const results = collectResultLines(shards.flatMap(({ document }) => document.results));
  return {
    known: results.of,
    add: () => undefined,
    onMissing(cell, attack, [index]) {
      const place = indices.indexOf(index);
      const shard = shards.find(({ document }) => isInShard(document.shard, place));
      throw new InputError(
        `${shard?.path} has no result of ${attack} on ${cellLabel(cell)} for example ${index}, which is classified right ` +
          `here: remove that file and evaluate the shard again`,
        [],
        { code: 'mismatch' },
      );
    },
  };
}

/**
 * How many threads the shards of a plan were evaluated with, where all of them say the same: documents record it, and a merge on
 * another machine is to be made with as many.
 */
export function threadsOfShards(run: Run, { checkpoint, epsilon }: EvaluationPlan): number | undefined {
  const counts = readShards(run)
    .found.map(({ document }) => document)
    .filter(
      ({ subject, request }) =>
        subject.checkpoint.name === checkpoint && request.epsilon.text === epsilon.text,
    )
    .map(({ subject }) => subject.engine.threads);
  return new Set(counts).size === 1 ? counts[0] : undefined;
}

/** What a training is: everything it depends on, and nothing of how it is stored or shown. */
import type { AttackOptions, PgdOptions } from '../attacks/index.ts';
import type { Augment, Augmentation, Dataset } from '../data/index.ts';
import { type Branch, type Cell, cellOf, type Network, shared } from '../nn/index.ts';
import type { Optimizer, OptimizerOptions } from './optimizers.ts';
import { attacksOf, type Regime, type RegimePass } from './regime.ts';
import type { RateAt, Schedule } from './schedules.ts';
import type { RegimeNumbers } from './step.ts';

export interface TrainingSetup extends RegimeNumbers {
  readonly seed: number;
  readonly regime: Regime;
  /** Adversarial weight perturbation, of size gamma relative to the weights, from an epoch on (counted from 0). */
  readonly awp?: { readonly gamma: number; readonly fromEpoch: number } | undefined;
  readonly network: Network;
  readonly dataset: Dataset;
  /** Indices into the data set; the two never overlap. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly augmentation: Augmentation | Augment;
  readonly attack: PgdOptions;
  /** One of the table by its options, or one of your own. */
  readonly optimizer: (OptimizerOptions | Optimizer) & { readonly learningRate: number };
  readonly schedule: Schedule | RateAt;
  readonly epochs: number;
  readonly batchSize: number;
  readonly validate: {
    readonly attack: AttackOptions;
    readonly everyEpochs: number;
    readonly batchSize: number;
  };
}

/**
 * The cells that a regime's network is evaluated through: `clean` is what clean images trained, `robust` what its first attack used;
 * each is the other where there is no such thing.
 */
export function evaluationCells(regime: Regime): { readonly clean: Cell; readonly robust: Cell } {
  const { sources, passes, terms } = regime;
  const clean = passes.find(
    ({ name, source }) =>
      sources[source]?.kind === 'clean' &&
      terms.some(({ pass, reference }) => pass === name || reference === name),
  );
  const trained = clean && cellOfPass(clean, regime);
  const attacked = attacksOf(regime)[0]?.[1].cell;
  const either = trained ?? attacked;
  if (!either) throw new RangeError('the regime neither trains on clean images nor attacks');
  return { clean: either, robust: attacked ?? either };
}

/**
 * A pass as it is in evaluation mode: its own AP, adapter and head, behind the running NS that follow what it is normalized by. Of
 * several NS, first one that follows just those batches (of the pass's own name, if any), then one that follows all of them among
 * others, then one that follows the most of them; if none follows any, the one of its AP's name, or the first.
 */
function cellOfPass({ name, statistics, ...rest }: RegimePass, { statisticsUpdates, sets }: Regime): Cell {
  if ('running' in statistics) return cellOf({ ...rest, statistics: statistics.running });
  const wanted = new Set(statistics.batch);
  const followed = (from: readonly string[]) => from.filter((each) => wanted.has(each)).length;
  const rank = (branch: Branch): readonly number[] => {
    const updates = statisticsUpdates.filter((update) => update.branch === branch);
    const exact = updates.some(({ from }) => from.length === wanted.size && followed(from) === wanted.size);
    const from = [...new Set(updates.flatMap((update) => update.from))];
    return [
      exact ? 1 : 0,
      exact && branch === name ? 1 : 0,
      followed(from) === wanted.size ? 1 : 0,
      followed(from),
      branch === rest.affine ? 1 : 0,
    ];
  };
  const [best = shared] = sets.statistics.toSorted((a, b) => descending(rank(a), rank(b)));
  return cellOf({ ...rest, statistics: best });
}

/** Lists of numbers by their first that differs, the larger first. */
function descending(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : (b[at] ?? 0) - (a[at] ?? 0);
}

/** What a training is: everything it depends on, and nothing of how it is stored or shown. */
import type { AttackOptions, PgdOptions } from '../attacks/index.ts';
import type { Augmentation, Dataset } from '../data/index.ts';
import { type Cell, cellOf, type Network } from '../nn/index.ts';
import { attacksOf, type Regime, type RegimePass } from './regime.ts';
import type { Schedule } from './schedule.ts';
import type { SgdOptions } from './sgd.ts';
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
  readonly augmentation: Augmentation;
  readonly attack: PgdOptions;
  readonly optimizer: SgdOptions & { readonly learningRate: number };
  readonly schedule: Schedule;
  readonly epochs: number;
  readonly batchSize: number;
  readonly validate: {
    readonly attack: AttackOptions;
    readonly everyEpochs: number;
    readonly batchSize: number;
  };
}

/**
 * The cells that a regime's network is evaluated through: `clean` is what clean images trained, `robust` what its first attack looked
 * through; each is the other where there is no such thing.
 */
export function evaluationCells(regime: Regime): { readonly clean: Cell; readonly robust: Cell } {
  const { sources, passes, terms } = regime;
  const clean = passes.find(
    ({ name, source }) =>
      sources[source]?.kind === 'clean' &&
      terms.some(({ pass, reference }) => pass === name || reference === name),
  );
  const trained = clean && cellOfPass(clean, regime);
  const attacked = attacksOf(regime)[0]?.[1].through;
  const either = trained ?? attacked;
  if (!either) throw new RangeError('the regime neither trains on clean images nor attacks');
  return { clean: either, robust: attacked ?? either };
}

/** A pass as it is in evaluation mode: through the running NS that follow what it is normalized by. */
function cellOfPass({ name, statistics, ...rest }: RegimePass, { moves }: Regime) {
  if ('running' in statistics) return cellOf({ ...rest, statistics: statistics.running });
  const same = (from: readonly string[]) =>
    from.length === statistics.batch.length && from.every((each) => statistics.batch.includes(each));
  const following = moves.filter(({ from }) => same(from));
  const found = following.find(({ branch }) => branch === name) ?? following[0];
  return found && cellOf({ ...rest, statistics: found.branch });
}

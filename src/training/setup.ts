/** What a training is: everything it depends on, and nothing of how it is stored or shown. */
import type { AttackOptions } from '../attacks/index.ts';
import type { Augmentation, Dataset } from '../data/index.ts';
import type { Cell, Network } from '../nn/index.ts';
import type { Regime } from './regimes.ts';
import type { Schedule } from './schedule.ts';
import type { SgdOptions } from './sgd.ts';

export interface TrainingSetup {
  readonly seed: number;
  readonly regime: Regime;
  /** Weight of the clean loss in hybrid regimes. */
  readonly alpha: number;
  readonly network: Network;
  readonly dataset: Dataset;
  /** Indices into the data set; the two never overlap. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly augmentation: Augmentation;
  readonly attack: AttackOptions;
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

/** The cells that a regime's network is judged by: what its clean pass trained, and what its attack looked through. */
export function judgedCells({ passes, moves, attacked }: Regime): {
  readonly clean: Cell;
  readonly robust: Cell;
} {
  const clean = passes.find((pass) => pass.source === 'clean');
  const moved = clean && moves.find((move) => move.from.includes(clean.name));
  const own = clean && moved ? { statistics: moved.branch, affine: clean.affine } : undefined;
  const fallback = own ?? attacked;
  if (!fallback) throw new RangeError('the regime neither trains on clean images nor attacks');
  return { clean: fallback, robust: attacked ?? fallback };
}

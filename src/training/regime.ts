/**
 * What a regime is: data that says which images a training step looks at, how each batch of them passes through the network,
 * which running NS are updated by which batches, and the loss. The built-in definitions are in regimes-*.ts; what makes one
 * sensible is in regime-problems.ts.
 */
import type { Loss, LossName } from '../attacks/index.ts';
import type {
  Branch,
  BranchSets,
  Cell,
  NetworkParts,
  PassChoice,
  Role,
  StatisticsUpdate,
} from '../nn/index.ts';

/** A bound of its own: absolute, for images in [0, 1], or as a multiple of attack.epsilon. */
export type OwnEpsilon = number | { readonly times: number };

/**
 * How images are made of the clean batch.
 *
 *   clean   as they are
 *   noise   x + U(-epsilon, epsilon), clipped to [0, 1]
 *   attack  by the training attack on a `cell` of the network, in evaluation mode
 */
export type Source =
  | { readonly kind: 'clean' }
  | { readonly kind: 'noise'; readonly epsilon?: OwnEpsilon | undefined }
  | AttackSource;

export interface AttackSource {
  readonly kind: 'attack';
  readonly cell: Cell;
  /** Steps keep their share of a bound of one's own. */
  readonly epsilon?: OwnEpsilon | undefined;
  /** What the attack increases in place of attack.loss; the configuration refuses another there. */
  readonly loss?: LossName | Loss | undefined;
  /** The cell that clean images are seen through where the loss compares with them; `cell` unless given. */
  readonly reference?: Cell | undefined;
}

export interface RegimePass extends PassChoice {
  /** A name of `sources`. */
  readonly source: string;
}

/** A weight of the loss. Those of words come from the configuration, so that alpha and 1 - alpha stay one number. */
export type LossWeight = 'alpha' | '1-alpha' | 'beta' | number;

/** One term of the loss: weight times the mean over examples. `reference` names the pass whose logits are compared with. */
export interface LossTerm {
  readonly weight: LossWeight;
  /** One of the attacks room's by name, or a function (`defineLoss`). */
  readonly loss: LossName | Loss;
  readonly pass: string;
  readonly reference?: string | undefined;
}

/** Variables by role, and by branch where one is named. */
export interface VariableFilter {
  readonly role: Role;
  readonly branch?: Branch | undefined;
}

export interface Regime {
  readonly summary: string;
  readonly sets: BranchSets;
  /** What its network is made of besides: the kind of adapters, a shared affine. */
  readonly network?: NetworkParts | undefined;
  readonly sources: Readonly<Record<string, Source>>;
  readonly passes: readonly RegimePass[];
  readonly statisticsUpdates: readonly StatisticsUpdate[];
  readonly terms: readonly LossTerm[];
  /** What stays as it was initialized: neither gradients nor weight decay nor updates reach it. */
  readonly frozen?: readonly VariableFilter[] | undefined;
  /** The weight of terms of weight 'beta', unless the configuration says another. */
  readonly beta?: number | undefined;
  /** The AP of a branch stay within this of gamma 1 and beta 0, unless the configuration says another number. */
  readonly clamp?: { readonly affine: Branch; readonly within: number } | undefined;
  /** The regime needs a trained network to begin from, in which just these are initialized anew. */
  readonly init?: { readonly reinitialized: readonly VariableFilter[] } | undefined;
}

/** Whether a variable is one of those listed. */
export function isAmong(
  listed: readonly VariableFilter[],
  { role, branch }: { readonly role: Role; readonly branch: Branch },
) {
  return listed.some((kept) => kept.role === role && (kept.branch === undefined || kept.branch === branch));
}

/** The regime with noise within another bound, in all of its noisy images. */
export function withNoise(regime: Regime, epsilon: OwnEpsilon): Regime {
  const sources = Object.entries(regime.sources).map(([name, source]): [string, Source] => [
    name,
    source.kind === 'noise' ? { ...source, epsilon } : source,
  ]);
  return { ...regime, sources: Object.fromEntries(sources) };
}

/** The attacks of a regime, by the name of their source; the first is the one that robustness is evaluated through. */
export function attacksOf({ sources }: Pick<Regime, 'sources'>): [string, AttackSource][] {
  return Object.entries(sources).flatMap(([name, source]) =>
    source.kind === 'attack' ? [[name, source]] : [],
  );
}

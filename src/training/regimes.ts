/**
 * The regimes, as rows of one table. A row says which passes a training step makes, whose statistics and which affine
 * parameters each uses, which running NS move towards what, which cell the training attack looks through, and the loss.
 * It is not a function, a class or a script: the one step builder (step.ts) reads it.
 *
 *   regime            batches normalized by           running NS  AP  loss
 *   standard          clean                           1           1   CE(clean)
 *   madry             adv                             1           1   CE(adv)
 *   hybrid            both, by their mixture          1           1   alpha CE(clean) + (1 - alpha) CE(adv)
 *   hybrid-two-pass   each by its own, one running NS 1           1   "
 *   dual-bn           each by its own                 2           2   "
 *   dual-ns           each by its own                 2           1   "
 *   dual-ap           both, by their mixture          1           2   "
 *   cross-at-X        both, by those of X             1           1   CE(adv)      X: clean, adv, or all (the mixture)
 *   cross-hybrid-X    both, by those of X             1           1   hybrid       X: clean or adv
 *
 * (arXiv 2403.19150; dual-bn is AdvProp's, arXiv 1911.09665; madry is arXiv 1706.06083.) Of the two plain forms, 'hybrid'
 * is the honest baseline: only it has true mixture statistics. In the cross rows gradients flow through the statistics of the
 * other half, too; cross-at-adv is madry that also looks at clean images.
 */

import type { LossName } from '../attacks/index.ts';
import { InputError } from '../errors.ts';
import type { Branch, BranchSets, Cell, PassChoice, StatisticsMove } from '../nn/index.ts';

/** Which images a pass takes. */
export type Source = 'clean' | 'adv';

export interface RegimePass extends PassChoice {
  readonly source: Source;
}

/** A weight of the loss: alpha and 1 - alpha come from the configuration, so that they stay one number. */
export type LossWeight = 'alpha' | '1-alpha' | number;

/** One term of the loss: weight times the mean over examples. `reference` names the pass whose logits kl compares with. */
export interface LossTerm {
  readonly weight: LossWeight;
  readonly loss: LossName;
  readonly pass: string;
  readonly reference?: string;
}

export interface Regime {
  readonly summary: string;
  readonly sets: BranchSets;
  readonly passes: readonly RegimePass[];
  readonly moves: readonly StatisticsMove[];
  readonly terms: readonly LossTerm[];
  /** The cell that the training attack looks through, in evaluation mode; undefined where nothing is attacked. */
  readonly attacked?: Cell;
}

const one = ['shared'] as const satisfies readonly Branch[];
const two = ['clean', 'adv'] as const satisfies readonly Branch[];

const pass = (source: Source, batch: readonly Source[], affine: Branch): RegimePass => ({
  name: source,
  source,
  statistics: { batch },
  affine,
});

const hybridLoss: readonly LossTerm[] = [
  { weight: 'alpha', loss: 'ce', pass: 'clean' },
  { weight: '1-alpha', loss: 'ce', pass: 'adv' },
];

// PyTorch loops forward the clean half first; with one running NS the order decides which half it remembers best.
const moveInTurn: readonly StatisticsMove[] = [
  { branch: 'shared', from: ['clean'] },
  { branch: 'shared', from: ['adv'] },
];
const moveEachOwn: readonly StatisticsMove[] = two.map((branch) => ({ branch, from: [branch] }));
const moveMixture: readonly StatisticsMove[] = [{ branch: 'shared', from: ['adv', 'clean'] }];
const mixture: readonly Source[] = ['adv', 'clean'];

/** Both halves by the statistics of `by`, which the one running NS follows. */
const cross = (by: readonly Source[], terms: readonly LossTerm[], summary: string) => ({
  summary,
  sets: { statistics: one, affine: one },
  passes: [pass('clean', by, 'shared'), pass('adv', by, 'shared')],
  moves: [{ branch: 'shared', from: by }],
  terms,
  attacked: { statistics: 'shared', affine: 'shared' },
});
const adversarialLoss: readonly LossTerm[] = [{ weight: 1, loss: 'ce', pass: 'adv' }];

export const regimes = {
  standard: {
    summary: 'clean images alone',
    sets: { statistics: one, affine: one },
    passes: [pass('clean', ['clean'], 'shared')],
    moves: [{ branch: 'shared', from: ['clean'] }],
    terms: [{ weight: 1, loss: 'ce', pass: 'clean' }],
  },
  madry: {
    summary: 'adversarial images alone',
    sets: { statistics: one, affine: one },
    passes: [pass('adv', ['adv'], 'shared')],
    moves: [{ branch: 'shared', from: ['adv'] }],
    terms: [{ weight: 1, loss: 'ce', pass: 'adv' }],
    attacked: { statistics: 'shared', affine: 'shared' },
  },
  hybrid: {
    summary: 'both halves as one batch, normalized by their mixture',
    sets: { statistics: one, affine: one },
    passes: [pass('clean', mixture, 'shared'), pass('adv', mixture, 'shared')],
    moves: moveMixture,
    terms: hybridLoss,
    attacked: { statistics: 'shared', affine: 'shared' },
  },
  'hybrid-two-pass': {
    summary: 'each half by its own statistics, one running NS moved by both in turn',
    sets: { statistics: one, affine: one },
    passes: [pass('clean', ['clean'], 'shared'), pass('adv', ['adv'], 'shared')],
    moves: moveInTurn,
    terms: hybridLoss,
    attacked: { statistics: 'shared', affine: 'shared' },
  },
  'dual-bn': {
    summary: 'NS and AP apart',
    sets: { statistics: two, affine: two },
    passes: [pass('clean', ['clean'], 'clean'), pass('adv', ['adv'], 'adv')],
    moves: moveEachOwn,
    terms: hybridLoss,
    attacked: { statistics: 'adv', affine: 'adv' },
  },
  'dual-ns': {
    summary: 'NS apart, AP shared',
    sets: { statistics: two, affine: one },
    passes: [pass('clean', ['clean'], 'shared'), pass('adv', ['adv'], 'shared')],
    moves: moveEachOwn,
    terms: hybridLoss,
    attacked: { statistics: 'adv', affine: 'shared' },
  },
  'dual-ap': {
    summary: 'NS shared (mixture), AP apart',
    sets: { statistics: one, affine: two },
    passes: [pass('clean', mixture, 'clean'), pass('adv', mixture, 'adv')],
    moves: moveMixture,
    terms: hybridLoss,
    attacked: { statistics: 'shared', affine: 'adv' },
  },
  'cross-at-clean': cross(['clean'], adversarialLoss, 'adversarial images by the statistics of clean ones'),
  'cross-at-adv': cross(
    ['adv'],
    adversarialLoss,
    'adversarial images by their own statistics, clean ones too',
  ),
  'cross-at-all': cross(mixture, adversarialLoss, 'adversarial images by the statistics of both halves'),
  'cross-hybrid-clean': cross(['clean'], hybridLoss, 'both halves by the statistics of clean images'),
  'cross-hybrid-adv': cross(['adv'], hybridLoss, 'both halves by the statistics of adversarial images'),
} as const satisfies Record<string, Regime>;

export type RegimeName = keyof typeof regimes;

export const regimeNames = Object.keys(regimes) as readonly RegimeName[];

/** A row by name, or an InputError that lists the names. */
export function regimeNamed(name: string): Regime {
  const found = Object.entries(regimes).find(([known]) => known === name);
  if (!found)
    throw new InputError(`there is no regime '${name}'`, [
      { where: 'regime.name', what: `use one of ${regimeNames.join(', ')}` },
    ]);
  return found[1];
}

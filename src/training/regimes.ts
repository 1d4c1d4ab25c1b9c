/**
 * The built-in regimes, as definitions in one table (what a definition can say is in regime.ts). A definition is not a function, a
 * class or a script: the one step builder (step.ts) reads it.
 *
 *   regime               batches normalized by                 running NS  AP  loss
 *   standard             clean                                 1           1   CE(clean)
 *   madry                adv                                   1           1   CE(adv)
 *   hybrid               both, by their mixture                1           1   alpha CE(clean) + (1 - alpha) CE(adv)
 *   hybrid-two-pass      each by its own, one running NS       1           1   "
 *   dual-bn              each by its own                       2           2   "
 *   dual-ns              each by its own                       2           1   "
 *   dual-ap              both, by their mixture                1           2   "
 *   dual-ap-two-pass     each by its own, one running NS       1           2   "
 *   cross-at-X           both, by those of X                   1           1   CE(adv)        X: clean, adv, all (the mixture)
 *   cross-hybrid-X       both, by those of X                   1           1   hybrid's       X: clean or adv
 *   dual-bn-cross-X      both, by those of X                   2           2   hybrid's       X: clean or adv
 *   dual-bn-clamped      each by its own                       2           2   hybrid's; AP_clean within r of its start
 *   madry-dual-bn        each by its own                       2           2   CE(adv); AP_clean stays at its start
 *   bn-on-clean          clean                                 2           2   CE(clean); of a madry network only AP_clean train
 *   bn-on-clean-copied   the running NS_adv                    2           2   "
 *   trades               each by its own, one running NS       1           1   CE(clean) + beta KL(p_clean, p_adv)
 *   trades-dual-bn       each by its own                       2           2   "
 *   trades-adv           each by its own, one running NS       1           1   CE(adv) + beta KL(p_clean, p_adv)
 *   mart                 each by its own, one running NS       1           1   BCE(adv) + beta KL(p_clean, p_adv) (1 - p_clean[y])
 *   adapters-parallel    both, by their mixture                1           1   hybrid's; an adapter a branch
 *   adapters-serial      "                                     1           1   "
 *   dual-linear          "                                     1           1   hybrid's; a head a branch
 *   sandwich-dual-bn     each by its own                       2           2   hybrid's; a shared affine before the branches' own
 *
 * (arXiv 2403.19150; dual-bn is AdvProp's, arXiv 1911.09665; madry is arXiv 1706.06083; trades 1901.08573; mart Wang et al.
 * 2020, ICLR; sandwich 2102.11382.) Of the two plain forms, 'hybrid' is the baseline to compare with: only it has true mixture
 * statistics. In the cross regimes gradients flow through the statistics of the other batch, too; cross-at-adv is madry that also
 * looks at clean images. The training attack uses the cell of the adversarial batch, in evaluation mode.
 */

import { InputError } from '../errors.ts';
import type { Branch, BranchSets, Cell, StatisticsUpdate } from '../nn/index.ts';
import { thereIsNo } from '../suggestions.ts';
import type { AttackSource, LossTerm, Regime, RegimePass, Source } from './regime.ts';

const one = ['shared'] as const satisfies readonly Branch[];
const two = ['clean', 'adv'] as const satisfies readonly Branch[];
const oneOfEach: BranchSets = { statistics: one, affine: one };
const twoOfEach: BranchSets = { statistics: two, affine: two };

const clean: Source = { kind: 'clean' };
const cell = (statistics: Branch, affine = statistics, more: Pick<Cell, 'adapter' | 'head'> = {}): Cell => ({
  statistics,
  affine,
  ...more,
});
/** Clean images, and those that the training attack makes of them. */
const attacked = (attackedCell: Cell, more: Partial<AttackSource> = {}) => ({
  clean,
  adv: { kind: 'attack', cell: attackedCell, ...more } satisfies AttackSource,
});

type BatchName = 'clean' | 'adv';
const pass = (
  source: BatchName,
  batch: readonly BatchName[],
  affine: Branch,
  more: Pick<Cell, 'adapter' | 'head'> = {},
): RegimePass => ({ name: source, source, statistics: { batch }, affine, ...more });
const mixture: readonly BatchName[] = ['adv', 'clean'];
const passes = {
  ownShared: [pass('clean', ['clean'], 'shared'), pass('adv', ['adv'], 'shared')],
  ownApart: [pass('clean', ['clean'], 'clean'), pass('adv', ['adv'], 'adv')],
  by: (batch: readonly BatchName[]) => [pass('clean', batch, 'shared'), pass('adv', batch, 'shared')],
} as const;

// PyTorch loops forward the clean batch first; with one running NS the order decides which batch it remembers best.
const updateInTurn: readonly StatisticsUpdate[] = two.map((name) => ({ branch: 'shared', from: [name] }));
const updateEachOwn: readonly StatisticsUpdate[] = two.map((branch) => ({ branch, from: [branch] }));
const updateOne = (from: readonly BatchName[]): readonly StatisticsUpdate[] => [{ branch: 'shared', from }];

/** AP apart, NS alike: each follows what its batch was normalized by, so that attack and test see the network that trained. */
const crossApart = (by: BatchName): Pick<Regime, 'summary' | 'passes' | 'statisticsUpdates'> => ({
  summary: `AP apart, both batches by the statistics of ${by === 'clean' ? 'clean' : 'adversarial'} images`,
  passes: [pass('clean', [by], 'clean'), pass('adv', [by], 'adv')],
  statisticsUpdates: two.map((branch) => ({ branch, from: [by] })),
});

const ceOf = (name: BatchName): readonly LossTerm[] => [{ weight: 1, loss: 'ce', pass: name }];
const hybridLoss: readonly LossTerm[] = [
  { weight: 'alpha', loss: 'ce', pass: 'clean' },
  { weight: '1-alpha', loss: 'ce', pass: 'adv' },
];
const divergence: LossTerm = { weight: 'beta', loss: 'kl', pass: 'adv', reference: 'clean' };
const tradesLoss: readonly LossTerm[] = [...ceOf('clean'), divergence];

/** Both batches by the statistics of `by`, which the one running NS follows. */
const cross = (by: readonly BatchName[], terms: readonly LossTerm[], summary: string): Regime => ({
  summary,
  sets: oneOfEach,
  sources: attacked(cell('shared')),
  passes: passes.by(by),
  statisticsUpdates: updateOne(by),
  terms,
});

const dualBn: Regime = {
  summary: 'NS and AP apart',
  sets: twoOfEach,
  sources: attacked(cell('adv')),
  passes: passes.ownApart,
  statisticsUpdates: updateEachOwn,
  terms: hybridLoss,
};

const trades: Regime = {
  summary: 'clean images, and a penalty on what an attack changes in their outcome',
  sets: oneOfEach,
  sources: attacked(cell('shared'), { loss: 'kl' }),
  passes: passes.ownShared,
  statisticsUpdates: updateInTurn,
  terms: tradesLoss,
  beta: 6,
};

/** Plain hybrid in which each of the two batches has something of its own behind what is shared: an adapter, a head. */
const hybridWith = (axis: 'adapter' | 'head', summary: string) =>
  ({
    summary,
    sets: { ...oneOfEach, [axis === 'adapter' ? 'adapters' : 'heads']: two },
    sources: attacked(cell('shared', 'shared', { [axis]: 'adv' })),
    passes: [
      pass('clean', mixture, 'shared', { [axis]: 'clean' }),
      pass('adv', mixture, 'shared', { [axis]: 'adv' }),
    ],
    statisticsUpdates: updateOne(mixture),
    terms: hybridLoss,
  }) satisfies Regime;

/** Only AP_clean train; everything else is that of the network it starts from. */
const bnOnClean: Pick<Regime, 'sets' | 'sources' | 'terms'> & {
  readonly frozen: NonNullable<Regime['frozen']>;
} = {
  sets: twoOfEach,
  sources: { clean },
  terms: ceOf('clean'),
  frozen: [
    { role: 'weight' },
    { role: 'head' },
    { role: 'affine', branch: 'adv' },
    { role: 'statistic', branch: 'adv' },
  ],
};

export const regimes = {
  standard: {
    summary: 'clean images alone',
    sets: oneOfEach,
    sources: { clean },
    passes: [pass('clean', ['clean'], 'shared')],
    statisticsUpdates: updateOne(['clean']),
    terms: ceOf('clean'),
  },
  madry: {
    summary: 'adversarial images alone',
    sets: oneOfEach,
    sources: { adv: attacked(cell('shared')).adv },
    passes: [pass('adv', ['adv'], 'shared')],
    statisticsUpdates: updateOne(['adv']),
    terms: ceOf('adv'),
  },
  hybrid: cross(mixture, hybridLoss, 'both batches as one, normalized by their mixture'),
  'hybrid-two-pass': {
    summary: 'each batch by its own statistics, one running NS updated by both in turn',
    sets: oneOfEach,
    sources: attacked(cell('shared')),
    passes: passes.ownShared,
    statisticsUpdates: updateInTurn,
    terms: hybridLoss,
  },
  'dual-bn': dualBn,
  'dual-ns': {
    ...dualBn,
    summary: 'NS apart, AP shared',
    sets: { statistics: two, affine: one },
    sources: attacked(cell('adv', 'shared')),
    passes: passes.ownShared,
  },
  'dual-ap': {
    summary: 'NS shared (mixture), AP apart',
    sets: { statistics: one, affine: two },
    sources: attacked(cell('shared', 'adv')),
    passes: [pass('clean', mixture, 'clean'), pass('adv', mixture, 'adv')],
    statisticsUpdates: updateOne(mixture),
    terms: hybridLoss,
  },
  'dual-ap-two-pass': {
    ...dualBn,
    summary: 'AP apart, each batch by its own statistics, one running NS updated by both in turn',
    sets: { statistics: one, affine: two },
    sources: attacked(cell('shared', 'adv')),
    statisticsUpdates: updateInTurn,
  },
  'cross-at-clean': cross(['clean'], ceOf('adv'), 'adversarial images by the statistics of clean ones'),
  'cross-at-adv': cross(['adv'], ceOf('adv'), 'adversarial images by their own statistics, clean ones too'),
  'cross-at-all': cross(mixture, ceOf('adv'), 'adversarial images by the statistics of both batches'),
  'cross-hybrid-clean': cross(['clean'], hybridLoss, 'both batches by the statistics of clean images'),
  'cross-hybrid-adv': cross(['adv'], hybridLoss, 'both batches by the statistics of adversarial images'),
  'dual-bn-cross-clean': { ...dualBn, ...crossApart('clean') },
  'dual-bn-cross-adv': { ...dualBn, ...crossApart('adv') },
  'dual-bn-clamped': {
    ...dualBn,
    summary: 'NS and AP apart, AP of the clean branch near its start',
    clamp: { affine: 'clean', within: 0.1 },
  },
  'madry-dual-bn': {
    ...dualBn,
    summary: 'adversarial images alone; clean ones only update statistics of their own',
    terms: ceOf('adv'),
    frozen: [{ role: 'affine', branch: 'clean' }],
  },
  'bn-on-clean': {
    ...bnOnClean,
    summary: 'a second BN for clean images on a trained network, all else fixed',
    passes: [pass('clean', ['clean'], 'clean')],
    statisticsUpdates: [{ branch: 'clean', from: ['clean'] }],
    init: {
      reinitialized: [
        { role: 'affine', branch: 'clean' },
        { role: 'statistic', branch: 'clean' },
      ],
    },
  },
  'bn-on-clean-copied': {
    ...bnOnClean,
    summary: 'AP of clean images on a trained network, behind a copy of its statistics, all else fixed',
    passes: [{ name: 'clean', source: 'clean', statistics: { running: 'clean' }, affine: 'clean' }],
    statisticsUpdates: [],
    frozen: [...bnOnClean.frozen, { role: 'statistic', branch: 'clean' }],
    init: { reinitialized: [{ role: 'affine', branch: 'clean' }] },
  },
  trades,
  'trades-dual-bn': {
    ...trades,
    summary: 'TRADES with NS and AP apart, in the attack too',
    sets: twoOfEach,
    sources: attacked(cell('adv'), { loss: 'kl', reference: cell('clean') }),
    passes: passes.ownApart,
    statisticsUpdates: updateEachOwn,
  },
  'trades-adv': {
    ...trades,
    summary: 'TRADES with its cross-entropy on adversarial images',
    terms: [...ceOf('adv'), divergence],
  },
  mart: {
    ...trades,
    summary: 'adversarial images, most of all those whose clean image is misclassified',
    sources: attacked(cell('shared'), { loss: 'ce' }),
    terms: [
      { weight: 1, loss: 'boosted-ce', pass: 'adv' },
      { weight: 'beta', loss: 'weighted-kl', pass: 'adv', reference: 'clean' },
    ],
    // lambda of the authors' ResNet-18 script (its loss function defaults to 6).
    beta: 5,
  },
  'adapters-parallel': {
    ...hybridWith('adapter', 'plain hybrid with an adapter of each batch beside every 3x3 convolution'),
    network: { adapters: { kind: 'parallel', rank: 'full' } },
  },
  'adapters-serial': {
    ...hybridWith('adapter', 'plain hybrid with an adapter of each batch behind every 3x3 convolution'),
    network: { adapters: { kind: 'serial', rank: 'full' } },
  },
  'dual-linear': hybridWith('head', 'plain hybrid with a linear head of each batch'),
  'sandwich-dual-bn': {
    ...dualBn,
    summary: 'NS and AP apart, behind one affine that both batches share',
    network: { normalization: { sandwich: true } },
  },
} as const satisfies Record<string, Regime>;

export type RegimeName = keyof typeof regimes;

export const regimeNames = Object.keys(regimes) as readonly RegimeName[];

/** A definition by name, or an InputError that lists the names. */
export function regimeNamed(name: string): Regime {
  const found = Object.entries(regimes).find(([known]) => known === name);
  if (!found)
    throw new InputError(thereIsNo('regime', name, regimeNames), [
      { where: 'regime.name', what: `use one of ${regimeNames.join(', ')}` },
    ]);
  return found[1];
}

/**
 * What the built-in regime definitions are put together from: sets, sources, passes, updates of running NS, losses. Nothing here is
 * a regime, except the one that many vary.
 */
import type { Branch, BranchSets, Cell, StatisticsUpdate } from '../nn/index.ts';
import type { AttackSource, LossTerm, Regime, RegimePass, Source } from './regime.ts';

export const one = ['shared'] as const satisfies readonly Branch[];
export const two = ['clean', 'adv'] as const satisfies readonly Branch[];
export const oneOfEach: BranchSets = { statistics: one, affine: one };
export const twoOfEach: BranchSets = { statistics: two, affine: two };

export const clean: Source = { kind: 'clean' };
export const cell = (
  statistics: Branch,
  affine = statistics,
  more: Pick<Cell, 'adapter' | 'head'> = {},
): Cell => ({
  statistics,
  affine,
  ...more,
});
/** Clean images, and those that the training attack makes of them. */
export const attacked = (attackedCell: Cell, more: Partial<AttackSource> = {}) => ({
  clean,
  adv: { kind: 'attack', cell: attackedCell, ...more } satisfies AttackSource,
});

export type BatchName = 'clean' | 'adv';
export const pass = (
  source: BatchName,
  batch: readonly string[],
  affine: Branch,
  more: Pick<Cell, 'adapter' | 'head'> = {},
): RegimePass => ({ name: source, source, statistics: { batch }, affine, ...more });
/** Images that go through AP other than their own batch's, normalized by `batch`, their own statistics unless said otherwise. */
export const passThrough = (source: BatchName, affine: Branch, batch?: readonly string[]): RegimePass => {
  const name = `${source}-through-${affine}`;
  return { name, source, statistics: { batch: batch ?? [name] }, affine };
};
export const mixture: readonly BatchName[] = ['adv', 'clean'];
export const passes = {
  ownShared: [pass('clean', ['clean'], 'shared'), pass('adv', ['adv'], 'shared')],
  ownApart: [pass('clean', ['clean'], 'clean'), pass('adv', ['adv'], 'adv')],
  by: (batch: readonly BatchName[]) => [pass('clean', batch, 'shared'), pass('adv', batch, 'shared')],
} as const;

// PyTorch loops forward the clean batch first; with one running NS the order decides which batch it remembers best.
export const updateInTurn: readonly StatisticsUpdate[] = two.map((name) => ({
  branch: 'shared',
  from: [name],
}));
export const updateEachOwn: readonly StatisticsUpdate[] = two.map((branch) => ({ branch, from: [branch] }));
export const updateOne = (from: readonly BatchName[]): readonly StatisticsUpdate[] => [
  { branch: 'shared', from },
];

export const ceOf = (name: BatchName): readonly LossTerm[] => [{ weight: 1, loss: 'ce', pass: name }];
export const hybridLoss: readonly LossTerm[] = [
  { weight: 'alpha', loss: 'ce', pass: 'clean' },
  { weight: '1-alpha', loss: 'ce', pass: 'adv' },
];
export const divergence: LossTerm = { weight: 'beta', loss: 'kl', pass: 'adv', reference: 'clean' };
export const tradesLoss: readonly LossTerm[] = [...ceOf('clean'), divergence];

export const dualBn: Regime = {
  summary: 'NS and AP apart',
  sets: twoOfEach,
  sources: attacked(cell('adv')),
  passes: passes.ownApart,
  statisticsUpdates: updateEachOwn,
  terms: hybridLoss,
};

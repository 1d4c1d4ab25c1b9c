/** Regimes that differ in whose statistics normalize which batch, and in how many NS and AP there are. */
import type { LossTerm, Regime } from './regime.ts';
import {
  attacked,
  type BatchName,
  cell,
  ceOf,
  clean,
  dualBn,
  hybridLoss,
  mixture,
  one,
  oneOfEach,
  pass,
  passes,
  passThrough,
  two,
  updateInTurn,
  updateOne,
} from './regime-parts.ts';

/** Both batches by the statistics of `by`, which the one running NS follows. */
const cross = (by: readonly BatchName[], terms: readonly LossTerm[], summary: string): Regime => ({
  summary,
  sets: oneOfEach,
  sources: attacked(cell('shared')),
  passes: passes.by(by),
  statisticsUpdates: updateOne(by),
  terms,
});

/**
 * AP apart, both batches by statistics of the images `by`. Those are statistics at the AP that use them: with NS_x^y of images x that
 * went through AP y in all layers before,
 *
 *   the clean batch by NS_by^clean, the adversarial batch by NS_by^adv
 *
 * So the images `by` go through the other AP too, for their statistics alone; no loss looks at that pass. Running NS follow what
 * their batch was normalized by, so that attack and test see the network that trained.
 */
const crossApart = (by: BatchName): Pick<Regime, 'summary' | 'passes' | 'statisticsUpdates'> => {
  const other = by === 'clean' ? 'adv' : 'clean';
  const lending = passThrough(by, other);
  return {
    summary: `AP apart, both batches by the statistics of ${by === 'clean' ? 'clean' : 'adversarial'} images, each at its own AP`,
    passes: [pass(by, [by], by), lending, pass(other, [lending.name], other)],
    statisticsUpdates: [
      { branch: by, from: [by] },
      { branch: other, from: [lending.name] },
    ],
  };
};

export const regimesByNormalization = {
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
} as const satisfies Record<string, Regime>;

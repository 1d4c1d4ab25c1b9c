/**
 * Regimes in which adversarial images have several bounds: epsilon, and half of it. If each domain of images needs a branch of its own, a
 * smaller bound should, too.
 *
 *   epsilon-branches   NS and AP apart for clean images and for each bound
 *   epsilon-mixture    the same images and losses behind one NS and AP: the baseline to compare with
 *
 *   1/2 CE(clean) + 1/4 CE(adv) + 1/4 CE(half)       half the weight on clean images, as hybrid's usual alpha
 *
 * Each bound is attacked through the cell that trains on it, so that a step costs two attacks. Robustness is evaluated through the cell of
 * the whole epsilon, `adv`.
 */
import type { AttackSource, LossTerm, Regime } from './regime.ts';
import { cell, clean, oneOfEach } from './regime-parts.ts';

const three = ['clean', 'adv', 'half'] as const;

/** The whole epsilon comes first: the first attack is the one that robustness is evaluated through. */
const sources = (adv: string, half: string) => ({
  clean,
  adv: { kind: 'attack', cell: cell(adv) } satisfies AttackSource,
  half: { kind: 'attack', cell: cell(half), epsilon: { times: 0.5 } } satisfies AttackSource,
});

const terms: readonly LossTerm[] = [
  { weight: 0.5, loss: 'ce', pass: 'clean' },
  { weight: 0.25, loss: 'ce', pass: 'adv' },
  { weight: 0.25, loss: 'ce', pass: 'half' },
];

export const regimesWithSeveralBounds = {
  'epsilon-branches': {
    summary: 'NS and AP apart for clean images and for each of two bounds, epsilon and half of it',
    sets: { statistics: three, affine: three },
    sources: sources('adv', 'half'),
    passes: three.map((name) => ({ name, source: name, statistics: { batch: [name] }, affine: name })),
    statisticsUpdates: three.map((branch) => ({ branch, from: [branch] })),
    terms,
  },
  'epsilon-mixture': {
    summary: 'clean images and those of two bounds, epsilon and half of it, as one batch',
    sets: oneOfEach,
    sources: sources('shared', 'shared'),
    passes: three.map((name) => ({ name, source: name, statistics: { batch: three }, affine: 'shared' })),
    statisticsUpdates: [{ branch: 'shared', from: three }],
    terms,
  },
} as const satisfies Record<string, Regime>;

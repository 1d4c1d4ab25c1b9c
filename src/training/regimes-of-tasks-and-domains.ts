/**
 * Regimes that set two explanations of Dual BN against each other. In hybrid training the two branches differ in both: what they
 * are for (clean accuracy, robustness: tasks) and which images they see (clean, adversarial: domains). Here they differ in one.
 *
 * Two tasks, one domain: AP 'clean' and AP 'adv' see the same images, clean and attacked, normalized by the mixture of all
 * passes, and weigh them differently. With CE_b(x) the cross-entropy of images x through AP b,
 *
 *   1/2 [w CE_clean(clean) + (1 - w) CE_clean(adv)] + 1/2 [(1 - w) CE_adv(clean) + w CE_adv(adv)]        w = 0.9
 *
 * so that both batches weigh as much in total as in `hybrid` with alpha 0.5. With w = 0.5 nothing tells the AP apart.
 *
 * Two domains, one task: images with noise in place of the attacked ones. To classify them asks nothing of the network that
 * clean ones do not, but their NS are as far from those of clean ones as NS of attacked ones are (docs/training.md, measured).
 *
 * What comes of them is no matter of this file.
 */
import type { AttackSource, LossTerm, Regime, RegimePass, Source } from './regime.ts';
import { attacked, cell, clean, oneOfEach, pass, passThrough, two } from './regime-parts.ts';

const crossedPasses = ['clean', 'adv-through-clean', 'clean-through-adv', 'adv'] as const;

/** The formula at the head: w on each branch's own kind of images. */
function crossedTerms(own: number): readonly LossTerm[] {
  const weights = [own, 1 - own, 1 - own, own];
  return crossedPasses.map((name, at) => ({ weight: (weights[at] ?? 0) / 2, loss: 'ce', pass: name }));
}

const crossed = {
  sets: { statistics: ['shared'], affine: two },
  sources: attacked(cell('shared', 'adv')),
  passes: [
    pass('clean', crossedPasses, 'clean'),
    passThrough('adv', 'clean', crossedPasses),
    passThrough('clean', 'adv', crossedPasses),
    pass('adv', crossedPasses, 'adv'),
  ],
  statisticsUpdates: [{ branch: 'shared', from: crossedPasses }],
} satisfies Partial<Regime>;

const attackOnClean: AttackSource = { kind: 'attack', cell: cell('shared', 'clean') };

/** Noise of a uniform distribution; how strong is measured, and said in docs/training.md. */
const noise: Source = { kind: 'noise', epsilon: { times: 4 } };

const noisyPass = (source: string, batch: readonly string[], affine: string): RegimePass => ({
  name: source,
  source,
  statistics: { batch },
  affine,
});
const noisyMixture = ['noise', 'clean'] as const;
const noisy = {
  sources: { clean, noise },
  terms: [
    { weight: 'alpha', loss: 'ce', pass: 'clean' },
    { weight: '1-alpha', loss: 'ce', pass: 'noise' },
  ],
} satisfies Partial<Regime>;
const cleanAndNoise = ['clean', 'noise'] as const;

export const regimesOfTasksAndDomains = {
  'two-tasks-one-domain': {
    ...crossed,
    summary:
      'NS shared (mixture), AP apart; both AP see clean and attacked images, weighed 9 to 1 and 1 to 9',
    terms: crossedTerms(0.9),
  },
  'two-tasks-own-attacks': {
    ...crossed,
    summary: 'two-tasks-one-domain with each AP seeing images that are attacked through itself',
    sources: { ...crossed.sources, 'adv-on-clean': attackOnClean },
    passes: crossed.passes.map((each) =>
      each.name === 'adv-through-clean' ? { ...each, source: 'adv-on-clean' } : each,
    ),
    terms: crossedTerms(0.9),
  },
  'one-task-one-domain': {
    ...crossed,
    summary: 'two-tasks-one-domain with even weights: the AP stay equal, and it is hybrid',
    terms: crossedTerms(0.5),
  },
  'hybrid-noise': {
    ...noisy,
    summary: 'clean and noisy images as one batch, normalized by their mixture',
    sets: oneOfEach,
    passes: cleanAndNoise.map((name) => noisyPass(name, noisyMixture, 'shared')),
    statisticsUpdates: [{ branch: 'shared', from: noisyMixture }],
  },
  'dual-bn-noise': {
    ...noisy,
    summary: 'NS and AP apart for clean and noisy images',
    sets: { statistics: cleanAndNoise, affine: cleanAndNoise },
    passes: cleanAndNoise.map((name) => noisyPass(name, [name], name)),
    statisticsUpdates: cleanAndNoise.map((branch) => ({ branch, from: [branch] })),
  },
} as const satisfies Record<string, Regime>;

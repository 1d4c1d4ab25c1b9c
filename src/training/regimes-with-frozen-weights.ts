/**
 * Regimes in which AP (and NS) are all that trains: do AP select from what the weights hold, or must the weights carry robustness?
 *
 *   bn-on-adv                weights and head of a network trained on clean images; a second BN trains on adversarial ones
 *   bn-on-adv-copied         the same behind a copy of the network's NS: of that BN, only AP are new
 *   hybrid-random-weights    weights and head are random and stay so; one AP for both batches
 *   dual-bn-random-weights   the same; NS and AP apart
 *
 * The mirror image of the first two, AP of clean images on an adversarially trained network, is bn-on-clean and bn-on-clean-copied
 * (regimes-with-frozen-parts.ts).
 *
 * On random weights the head is frozen, too, as in Frankle et al. 2021 (arXiv 2003.00152). It is the one other thing that both
 * batches would train: with it, a difference between regimes could be the head's. Without it the two branches of dual-bn have
 * nothing in common that trains, and every number is that of AP and NS alone.
 */
import type { Regime, VariableFilter } from './regime.ts';
import {
  attacked,
  cell,
  ceOf,
  dualBn,
  hybridLoss,
  mixture,
  oneOfEach,
  pass,
  passes,
  twoOfEach,
  updateOne,
} from './regime-parts.ts';

const weightsAndHead = [{ role: 'weight' }, { role: 'head' }] as const satisfies readonly VariableFilter[];

/** Only AP_adv train, through an attack on themselves; everything else is that of the network it starts from. */
const bnOnAdv = {
  sets: twoOfEach,
  sources: { adv: attacked(cell('adv')).adv },
  terms: ceOf('adv'),
  frozen: [...weightsAndHead, { role: 'affine', branch: 'clean' }, { role: 'statistic', branch: 'clean' }],
} as const satisfies Partial<Regime>;

export const regimesWithFrozenWeights = {
  'bn-on-adv': {
    ...bnOnAdv,
    summary: 'a second BN for adversarial images on a trained network, all else fixed',
    passes: [pass('adv', ['adv'], 'adv')],
    statisticsUpdates: [{ branch: 'adv', from: ['adv'] }],
    init: {
      reinitialized: [
        { role: 'affine', branch: 'adv' },
        { role: 'statistic', branch: 'adv' },
      ],
    },
  },
  'bn-on-adv-copied': {
    ...bnOnAdv,
    summary: 'AP of adversarial images on a trained network, behind a copy of its statistics, all else fixed',
    passes: [{ name: 'adv', source: 'adv', statistics: { running: 'adv' }, affine: 'adv' }],
    statisticsUpdates: [],
    frozen: [...bnOnAdv.frozen, { role: 'statistic', branch: 'adv' }],
    init: { reinitialized: [{ role: 'affine', branch: 'adv' }] },
  },
  'hybrid-random-weights': {
    summary: 'both batches as one, on random weights and a random head: one AP is all that trains',
    sets: oneOfEach,
    sources: attacked(cell('shared')),
    passes: passes.by(mixture),
    statisticsUpdates: updateOne(mixture),
    terms: hybridLoss,
    frozen: weightsAndHead,
  },
  'dual-bn-random-weights': {
    ...dualBn,
    summary: 'NS and AP apart, on random weights and a random head: AP are all that trains',
    frozen: weightsAndHead,
  },
} as const satisfies Record<string, Regime>;

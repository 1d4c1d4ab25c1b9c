/** Regimes whose loss compares the outcomes of clean and adversarial images: TRADES, MART. */
import type { Regime } from './regime.ts';
import {
  attacked,
  cell,
  ceOf,
  divergence,
  oneOfEach,
  passes,
  tradesLoss,
  twoOfEach,
  updateEachOwn,
  updateInTurn,
} from './regime-parts.ts';

const trades: Regime = {
  summary: 'clean images, and a penalty on what an attack changes in their outcome',
  sets: oneOfEach,
  sources: attacked(cell('shared'), { loss: 'kl' }),
  passes: passes.ownShared,
  statisticsUpdates: updateInTurn,
  terms: tradesLoss,
  beta: 6,
};

export const regimesByLoss = {
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
} as const satisfies Record<string, Regime>;

/**
 * The built-in regimes, as definitions in one table, by family in the files regimes-*.ts (what a definition can say is in
 * regime.ts). A definition is not a function, a class or a script: the one step builder (step.ts) reads it.
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
 *   dual-bn-cross-X      both, by those of X at their own AP   2           2   hybrid's       X: clean or adv
 *   dual-bn-clamped      each by its own                       2           2   hybrid's; AP_clean within r of its start
 *   madry-dual-bn        each by its own                       2           2   CE(adv); AP_clean stays at its start
 *   bn-on-clean          clean                                 2           2   CE(clean); of a madry network only AP_clean train
 *   bn-on-clean-copied   the running NS_adv                    2           2   "
 *   bn-on-adv            adv                                   2           2   CE(adv); of a standard network only AP_adv train
 *   bn-on-adv-copied     the running NS_clean                  2           2   "
 *   X-random-weights     as X                                  as X            hybrid's; only AP train   X: hybrid or dual-bn
 *   trades               each by its own, one running NS       1           1   CE(clean) + beta KL(p_clean, p_adv)
 *   trades-dual-bn       each by its own                       2           2   "
 *   trades-adv           each by its own, one running NS       1           1   CE(adv) + beta KL(p_clean, p_adv)
 *   mart                 each by its own, one running NS       1           1   BCE(adv) + beta KL(p_clean, p_adv) (1 - p_clean[y])
 *   adapters-parallel    both, by their mixture                1           1   hybrid's; an adapter a branch
 *   adapters-serial      "                                     1           1   "
 *   dual-linear          "                                     1           1   hybrid's; a head a branch
 *   sandwich-dual-bn     each by its own                       2           2   hybrid's; a shared affine before the branches' own
 *   hybrid-gn            each image by itself (groups)         0           1   hybrid's
 *   dual-ap-gn           "                                     0           2   "
 *   two-tasks-one-domain all four passes, by their mixture     1           2   both AP on both batches, .9 : .1 and .1 : .9
 *   two-tasks-own-attacks  "                                   1           2   the same, each AP on attacks through itself
 *   one-task-one-domain    "                                   1           2   both AP on both batches, evenly
 *   hybrid-noise         clean and noise, by their mixture     1           1   alpha CE(clean) + (1 - alpha) CE(noise)
 *   dual-bn-noise        each by its own                       2           2   "
 *   epsilon-branches     each by its own                       3           3   1/2 CE(clean) + 1/4 CE(adv) + 1/4 CE(half), half: epsilon / 2
 *   epsilon-mixture      all three, by their mixture           1           1   "
 *
 * (arXiv 2403.19150; dual-bn is AdvProp's, arXiv 1911.09665; madry is arXiv 1706.06083; trades 1901.08573; mart Wang et al.
 * 2020, ICLR; sandwich 2102.11382.) Of the two plain forms, 'hybrid' is the baseline to compare with: only it has true mixture
 * statistics. In the cross regimes gradients flow through the statistics of the other batch, too; cross-at-adv is madry that also
 * looks at clean images. The training attack uses the cell of the adversarial batch, in evaluation mode.
 */

import { InputError } from '../errors.ts';
import { thereIsNo } from '../suggestions.ts';
import type { Regime } from './regime.ts';
import { regimesByLoss } from './regimes-by-loss.ts';
import { regimesByNormalization } from './regimes-by-normalization.ts';
import { regimesOfTasksAndDomains } from './regimes-of-tasks-and-domains.ts';
import { regimesWithFrozenParts } from './regimes-with-frozen-parts.ts';
import { regimesWithFrozenWeights } from './regimes-with-frozen-weights.ts';
import { regimesWithParts } from './regimes-with-parts.ts';
import { regimesWithSeveralBounds } from './regimes-with-several-bounds.ts';

export const regimes = {
  ...regimesByNormalization,
  ...regimesWithFrozenParts,
  ...regimesWithFrozenWeights,
  ...regimesByLoss,
  ...regimesWithParts,
  ...regimesOfTasksAndDomains,
  ...regimesWithSeveralBounds,
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

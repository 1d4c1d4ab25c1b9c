/**
 * Signs that a robust accuracy is not what it seems, as rules over what an evaluation found. After Athalye et al. 2018
 * (arXiv 1802.00420) and Carlini et al. 2019, 'On Evaluating Adversarial Robustness' (arXiv 1902.06705).
 *
 * A rule chooses attacks by what they are (what they ask of the model, steps, norm), never by name. That a robust accuracy is
 * above the clean one needs no rule: here robust examples are clean examples by definition.
 */
import type { Cell } from '../nn/index.ts';
import { wilsonInterval } from '../statistics/index.ts';
import { type AttackRunSigns, countOf } from './cell.ts';
import { type Checked, many, namesOf, type SanityCheck } from './check.ts';
import { comparisonChecks } from './comparison-checks.ts';
import { returnedImageChecks } from './returned-images.ts';

export interface FailedCheck extends Cell {
  readonly rule: SanityCheckName;
  readonly message: string;
}

const ofRuns = (
  { attackRuns }: Checked,
  fails: (signs: AttackRunSigns) => boolean,
  message: (signs: AttackRunSigns) => string,
): readonly string[] => attackRuns.filter(fails).map(message);

export const sanityChecks = [
  {
    name: 'clean-not-finite',
    failsWhen: 'a clean image has logits that are NaN or infinite',
    // They count as misclassified, so a broken network looks like a weak one.
    find: ({ notFinite, clean }) =>
      notFinite > 0
        ? [
            `${notFinite} of ${clean.length} clean images have logits that are NaN or infinite, which count as misclassified; look for NaN or overflow in the weights with dualbn evaluate --engine reference`,
          ]
        : [],
  },
  {
    name: 'logits-not-finite',
    failsWhen: 'an attacked image has logits that are NaN or infinite',
    find: (checked) =>
      ofRuns(
        checked,
        ({ notFinite }) => notFinite.logits > 0,
        ({ attackRun, attacked, notFinite }) =>
          `${namesOf(attackRun)}: ${notFinite.logits} of ${attacked} examples attacked met logits that are NaN or infinite, which count as misclassified; the accuracy says nothing until the network is mended`,
      ),
  },
  {
    name: 'gradients-not-finite',
    failsWhen: 'the loss or its gradient was NaN or infinite for an attacked image',
    find: (checked) =>
      ofRuns(
        checked,
        ({ notFinite }) => notFinite.gradients > 0,
        ({ attackRun, attacked, notFinite }) =>
          `${namesOf(attackRun)}: the loss or its gradient was NaN or infinite for ${notFinite.gradients} of ${attacked} examples attacked, which count as misclassified; run square-1000, which needs no gradient`,
      ),
  },
  {
    name: 'at-chance',
    failsWhen: "the clean accuracy's interval reaches down to guessing",
    // Whatever a swap of NS or AP does to such a cell, its robustness decides nothing.
    find: ({ clean, classes }) => {
      const right = countOf(clean);
      const [low] = wilsonInterval(right, clean.length);
      return low <= 1 / classes
        ? [
            `${right} of ${clean.length} clean images are classified right, which guessing among ${classes} classes would do; the cell says nothing of robustness: look at other cells, or at more --examples`,
          ]
        : [];
    },
  },
  {
    name: 'zero-gradients',
    failsWhen: 'more than 5 % of the attacked examples (and more than one) met a gradient of exact zeros',
    // It leads nowhere: the attack fails, whether or not the network is robust.
    find: (checked) =>
      ofRuns(
        checked,
        ({ attackRun, zeroGradients, attacked }) =>
          attackRun.asks === 'gradients' && many(zeroGradients, 0.05, attacked),
        ({ attackRun, zeroGradients, attacked }) =>
          `${namesOf(attackRun)}: the gradient was exactly zero for ${zeroGradients} of ${attacked} examples attacked; the attack may be blind: run margin-20 and square-1000`,
      ),
  },
  ...comparisonChecks,
  ...returnedImageChecks,
  {
    name: 'stage-left-out',
    failsWhen: 'a suite is evaluated without a stage that compares more classes than the network has',
    find: ({ asked, classes }) =>
      asked.flatMap(({ name, stages, leftOut }) =>
        leftOut.map(
          ({ stage, leastClasses }) =>
            `${name}: ${stage} was left out, because it compares ${leastClasses} classes and the network has ${classes}; look at the result as that of ${stages.map((each) => each.stage).join(', ')} alone`,
        ),
      ),
  },
] as const satisfies readonly SanityCheck[];

export type SanityCheckName = (typeof sanityChecks)[number]['name'];

/** All that is suspicious in a cell. */
export function runSanityChecks(checked: Checked): FailedCheck[] {
  return sanityChecks.flatMap(({ name, find }) =>
    find(checked).map((message) => ({ rule: name, ...checked.cell, message })),
  );
}

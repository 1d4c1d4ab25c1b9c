/**
 * Signs that a robust accuracy is not what it seems, as rules over what an evaluation found. After Athalye et al. 2018
 * (arXiv 1802.00420) and Carlini et al. 2019, 'On Evaluating Adversarial Robustness' (arXiv 1902.06705).
 *
 * A rule chooses attacks by what they are (what they ask of the model, steps, norm), never by name. That a robust accuracy is
 * above the clean one needs no rule: here robust examples are clean examples by definition.
 */
import type { Cell } from '../nn/index.ts';
import { wilsonInterval } from '../statistics/index.ts';
import type { AttackRun } from './attack-plan.ts';
import { type AttackRunSigns, countOf } from './cell.ts';
import { type Checked, namesOf, type SanityCheck } from './check.ts';
import { returnedImageChecks } from './returned-images.ts';

export interface FailedCheck extends Cell {
  readonly rule: SanityCheckName;
  readonly message: string;
}

/** More than a share of the examples, and more than one of them. */
const many = (some: number, share: number, of: number) => some > Math.max(1, share * of);

/** An attack that was asked for, and how many examples it leaves right. */
interface ComparedAttack {
  readonly name: string;
  readonly steps: number;
  readonly run: AttackRun;
  readonly left: number;
}

const attacksOf = ({ attackRuns, robust }: Checked): ComparedAttack[] =>
  attackRuns.flatMap(({ attackRun }) =>
    attackRun.reported.map(({ name, steps }) => ({
      name,
      steps,
      run: attackRun,
      left: countOf(robust[name]),
    })),
  );

/** The attack that leaves the fewest right. */
const strongest = (attacks: readonly ComparedAttack[]): ComparedAttack | undefined =>
  attacks.toSorted((a, b) => a.left - b.left)[0];

const followsGradients = ({ run }: ComparedAttack) => run.asks === 'gradients';
const inSameBall = (a: ComparedAttack) => (b: ComparedAttack) =>
  a.run.options.norm === b.run.options.norm && a.run.options.epsilon === b.run.options.epsilon;

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
  {
    name: 'not-converged',
    failsWhen:
      'the longest of attacks that differ in steps alone breaks more than 2 % of all examples (and more than one) beyond one of at least half its steps',
    find: ({ attackRuns, robust, clean }) =>
      attackRuns.flatMap(({ attackRun: { reported } }) => {
        const longest = reported.at(-1);
        const half = reported.findLast(
          ({ steps }) => longest && steps < longest.steps && 2 * steps >= longest.steps,
        );
        if (!longest || !half) return [];
        const more = countOf(robust[half.name]) - countOf(robust[longest.name]);
        return many(more, 0.02, clean.length)
          ? [
              `${longest.name} breaks ${more} of ${clean.length} examples that ${half.name} does not, so that more steps would break more: run it with ${2 * longest.steps}`,
            ]
          : [];
      }),
  },
  {
    name: 'one-step-above-many',
    failsWhen:
      'an attack of one gradient step breaks more examples than one of many gradient steps in the same ball, by more than 1 % of all (and more than one)',
    find: (checked) => {
      const gradient = attacksOf(checked).filter(followsGradients);
      const longest = gradient.filter(({ name, steps, run }) => steps > 1 && name === run.name);
      return gradient
        .filter(({ steps }) => steps === 1)
        .flatMap((single) =>
          longest
            .filter(inSameBall(single))
            .filter(({ left }) => many(left - single.left, 0.01, checked.clean.length))
            .map(
              ({ name, left }) =>
                `${single.name} breaks ${left - single.left} examples more than ${name}, with a single step, so the gradients mislead: run margin-20 and square-1000`,
            ),
        );
    },
  },
  {
    name: 'query-above-gradient',
    failsWhen:
      'an attack by logits alone breaks more examples than the best of many gradient steps in the same ball, by more than 1 % of all (and more than one)',
    find: (checked) => {
      const attacks = attacksOf(checked);
      const blind = strongest(attacks.filter((each) => !followsGradients(each)));
      const seeing =
        blind &&
        strongest(
          attacks
            .filter(followsGradients)
            .filter(({ steps }) => steps > 1)
            .filter(inSameBall(blind)),
        );
      return blind && seeing && many(seeing.left - blind.left, 0.01, checked.clean.length)
        ? [
            `${blind.name} breaks ${seeing.left - blind.left} examples more than ${seeing.name}, without any gradient, so the gradients mislead: run margin-100, and square-5000 for the number to report`,
          ]
        : [];
    },
  },
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

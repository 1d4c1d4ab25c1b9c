/**
 * APGD towards classes (Croce & Hein 2020, arXiv 2003.01690): the likeliest wrong ones of the clean image, one after another, each
 * with every restart. And `aa-fast`, which begins with APGD on cross-entropy.
 */
import type { z } from 'zod';
import { add, multiply, reshape, subtract } from '../graph/index.ts';
import { apgdDefaults, apgdNorms, apgdWalk, inL2, startOnSphere, stepOnLoss, untargeted } from './apgd.ts';
import { countOption, defineAttack, optionsSchema, type Search } from './definition.ts';
import { losses, targetedDlr } from './losses.ts';
import { oneHotOf, targetsOf } from './targets.ts';

const targetsOption = countOption(1, 10_000).describe(
  'Classes aimed at, the likeliest wrong ones of the clean image; at most all of them.',
);

/** Starts of targets are numbered after those of losses. */
const drawOfTarget = (target: number) => untargeted.length + target;

/** Each target with each restart: the number of walks, and which a walk is. */
function overTargets(targets: number, classes: number, restarts: number) {
  const count = Math.min(targets, classes - 1);
  return {
    walks: count * restarts,
    /** The target's place among the wrong classes, and the restart. */
    of: (walk: number) => [Math.floor(walk / restarts), walk % restarts] as const,
  };
}

const targetedOptions = optionsSchema('apgd-t', apgdNorms, { targets: targetsOption });

export type TargetedApgdOptions = Readonly<z.output<typeof targetedOptions>>;

export const targetedApgdAttack = defineAttack({
  name: 'apgd-t',
  summary: 'APGD towards the likeliest wrong classes, one after another',
  asks: 'gradients',
  forms: [
    { form: 'apgd-t', summary: '100 steps of APGD on targeted DLR, towards each of 9 classes' },
    { form: 'apgd-t-l2', summary: 'the same in L2', options: inL2 },
  ],
  options: targetedOptions,
  defaults: () => ({ ...apgdDefaults(), targets: 9 }),
  search({ norm, epsilon, steps, restarts, targets }, { classes }): Search {
    const { walks, of } = overTargets(targets, classes, restarts);
    return {
      walks,
      readsCleanLogits: true,
      state: { target: [classes] },
      step: stepOnLoss((logits, { labels, state }) => targetedDlr(logits, labels, state.target)),
      begin(example, x) {
        const [target, restart] = of(example.key.restart);
        startOnSphere({ norm, epsilon }, { ...example.key, restart }, drawOfTarget(target), example.clean, x);
        const aim = targetsOf(example.cleanLogits, example.label)[target];
        const state = { target: oneHotOf(aim, classes) };
        return { ...apgdWalk({ norm, epsilon }, steps, example, state), target: aim };
      },
    };
  },
});

const fastOptions = optionsSchema('aa-fast', apgdNorms, { targets: targetsOption });

/**
 * APGD-CE, then APGD-T on what it leaves: the two of AutoAttack's four that find nearly everything on plain networks. Examples of
 * both are in flight together, each with the loss that its `targeted` of 0 or 1 picks; what the other adds to a gradient is 0.
 */
export const aaFastAttack = defineAttack({
  name: 'aa-fast',
  summary: 'APGD-CE, then APGD-T on what is left; without FAB-T and Square no full AutoAttack',
  asks: 'gradients',
  forms: [
    { form: 'aa-fast', summary: 'the worst of apgd-ce and apgd-t, which is not the whole AutoAttack' },
    { form: 'aa-fast-l2', summary: 'the same in L2', options: inL2 },
  ],
  options: fastOptions,
  defaults: () => ({ ...apgdDefaults(), targets: 9 }),
  search({ norm, epsilon, steps, restarts, targets }, { classes }): Search {
    const { walks, of } = overTargets(targets, classes, restarts);
    return {
      walks: restarts + walks,
      readsCleanLogits: true,
      state: { target: [classes], targeted: [1] },
      step: stepOnLoss((logits, inputs) => {
        const { labels, state } = inputs;
        const targeted = reshape(state.targeted, [labels.shape[0]]);
        const first = multiply(subtract(1, targeted), losses.ce(logits, inputs));
        return add(first, multiply(targeted, targetedDlr(logits, labels, state.target)));
      }),
      begin(example, x) {
        const { key, label, clean, cleanLogits } = example;
        const ball = { norm, epsilon };
        if (key.restart < restarts) {
          startOnSphere(ball, key, untargeted.indexOf('ce'), clean, x);
          const state = { target: oneHotOf(label, classes), targeted: Float32Array.of(0) };
          return apgdWalk(ball, steps, example, state);
        }
        const [target, restart] = of(key.restart - restarts);
        startOnSphere(ball, { ...key, restart }, drawOfTarget(target), clean, x);
        const aim = targetsOf(cleanLogits, label)[target];
        const state = { target: oneHotOf(aim, classes), targeted: Float32Array.of(1) };
        return { ...apgdWalk(ball, steps, example, state), target: aim };
      },
    };
  },
});

/**
 * APGD towards classes (Croce & Hein 2020, arXiv 2003.01690): the likeliest wrong ones of the clean image, one after another, each
 * with every restart.
 */
import type { z } from 'zod';
import {
  apgdDefaults,
  apgdNorms,
  apgdWalk,
  inL1,
  inL2,
  startOnSphere,
  stepOnLoss,
  untargeted,
} from './apgd.ts';
import { countOption, defineAttack, optionsSchema, type Search } from './definition.ts';
import { targetedDlr } from './losses.ts';
import { oneHotOf, targetsOf } from './targets.ts';

export const targetsOption = countOption(1, 10_000).describe(
  'Classes aimed at, the likeliest wrong ones of the clean image; at most all of them.',
);

/** Starts of targets are numbered after those of losses. */
const drawOfTarget = (target: number) => untargeted.length + target;

/** Each target with each restart: the number of walks, and which a walk is. */
export function overTargets(targets: number, classes: number, restarts: number) {
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
    {
      form: 'apgd-t-l1',
      summary: 'in L1, towards each of 5 classes',
      options: () => ({ ...inL1(), targets: 5 }),
    },
  ],
  options: targetedOptions,
  defaults: () => ({ ...apgdDefaults(), targets: 9 }),
  leastClasses: () => 4,
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

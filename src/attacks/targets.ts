/**
 * Which class a targeted attack leads towards. The class chooses nothing but the loss: an example is broken as soon as it is
 * misclassified, whatever it is taken for. Whether the class was reached is told beside it.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { type AttackSuffix, countOption, type SearchExample } from './definition.ts';
import { type LossName, targetedLosses } from './losses.ts';

/** Wrong classes, those that the model takes the clean image for most first; of equal ones, that of the lowest number. */
export const targetsOf = (logits: Float32Array, label: number): number[] =>
  [...logits.keys()].filter((k) => k !== label).sort((a, b) => logits[b] - logits[a] || a - b);

/** A one-hot row [K]. */
export const oneHotOf = (at: number, classes: number): Float32Array => {
  const row = new Float32Array(classes);
  row[at] = 1;
  return row;
};

const chosen = ['least-likely', 'every-other'] as const;

/** A class, or one that is chosen for each example by the logits of its clean image. */
export const targetOption = z.union([countOption(0, 1_000_000), z.enum(chosen)], {
  error: `expected the number of a class, ${chosen.join(' or ')}`,
});

export type Target = z.output<typeof targetOption>;

/** How a target is written behind a name. */
export const targetSuffixes: readonly AttackSuffix[] = [
  {
    suffix: '-least-likely',
    summary: 'towards the class that the clean image is taken for least',
    options: () => ({ target: 'least-likely' }),
  },
  {
    suffix: '-every-other',
    summary: 'towards every wrong class, one after another, the likeliest first',
    options: () => ({ target: 'every-other' }),
  },
  {
    suffix: '-to-<C>',
    summary: 'towards the class of number C; its own examples are left as they are',
    options: (target) => ({ target }),
  },
];

/** A problem of a loss that leads towards no class. */
export function targetProblem(loss: LossName, target: Target | undefined): string | undefined {
  if (target === undefined || targetedLosses[loss]) return undefined;
  return `expected ${Object.keys(targetedLosses).join(', ')} where there is a target, found ${JSON.stringify(loss)}`;
}

export interface Targets {
  readonly walks: number;
  readonly readsCleanLogits: boolean;
  /** The class of one of an example's walks; undefined for an example of that class itself. */
  readonly of: (example: SearchExample) => number | undefined;
}

/**
 * The targets of each example's walks: each target with every restart.
 *
 * @throws InputError for a class that the network does not have.
 */
export function targetsOfWalks(target: Target, classes: number, restarts: number): Targets {
  if (target === 'every-other')
    return {
      walks: (classes - 1) * restarts,
      readsCleanLogits: true,
      of: ({ key, cleanLogits, label }) => targetsOf(cleanLogits, label)[Math.floor(key.restart / restarts)],
    };
  if (target === 'least-likely')
    return {
      walks: restarts,
      readsCleanLogits: true,
      of: ({ cleanLogits, label }) => targetsOf(cleanLogits, label).at(-1),
    };
  if (target >= classes)
    throw new InputError(
      `the target ${target} is no class of the network, which has ${classes}: use a number from 0 to ${classes - 1}`,
    );
  return {
    walks: restarts,
    readsCleanLogits: false,
    of: ({ label }) => (label === target ? undefined : target),
  };
}

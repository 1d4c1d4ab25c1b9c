/**
 * Sanity checks of the images that attacks return, every one of them: |x' - x| <= epsilon (1 + 1e-6) and the last bit of each pixel,
 * 0 <= x' <= 1, finite; and what counts as broken is misclassified when the network sees it once more. What the first three find
 * does not count as broken.
 */
import type { Fault } from './attack-runs.ts';
import type { AttackRunSigns } from './cell.ts';
import { type Checked, namesOf, type SanityCheck } from './check.ts';
import { writeIndices } from './outcomes.ts';

/** Examples of which the returned image is not as it must be, at most five by their number. */
const ofFaults = (
  { attackRuns }: Checked,
  fault: Fault,
  what: (signs: AttackRunSigns) => string,
): readonly string[] =>
  attackRuns.flatMap((signs) => {
    const wrong = signs.faults[fault];
    const more = wrong.length > 5 ? ', ...' : '';
    return wrong.length === 0
      ? []
      : [
          `${namesOf(signs.attackRun)}: ${wrong.length} of ${signs.attacked} images returned (${writeIndices(wrong.slice(0, 5))}${more}) ${what(signs)}`,
        ];
  });

export const returnedImageChecks = [
  {
    name: 'image-not-finite',
    failsWhen: 'a pixel of an image that an attack returned is NaN or infinite',
    find: (checked) =>
      ofFaults(
        checked,
        'image-not-finite',
        () =>
          'have pixels that are NaN or infinite, and do not count as broken; the attack is wrong: run another',
      ),
  },
  {
    name: 'beyond-range',
    failsWhen: 'a pixel of an image that an attack returned is outside [0, 1]',
    find: (checked) =>
      ofFaults(
        checked,
        'beyond-range',
        ({ beyondRange }) =>
          `have pixels outside [0, 1], by ${beyondRange.toPrecision(2)} at the most, and do not count as broken; the attack is wrong: run another`,
      ),
  },
  {
    name: 'beyond-epsilon',
    failsWhen:
      'a perturbation is larger than epsilon (1 + 1e-6) by more than the last bit of float32 in every pixel',
    find: (checked) =>
      ofFaults(
        checked,
        'beyond-epsilon',
        ({ attackRun: { options }, beyondEpsilon }) =>
          `exceed epsilon ${options.epsilon}, by ${beyondEpsilon.toPrecision(2)} at the most, and do not count as broken; the attack is wrong: run another`,
      ),
  },
  {
    name: 'not-misclassified',
    failsWhen:
      'an image that counts as broken is classified right where it is given to the network once more',
    // Of a network that answers at random that is as it should be; of any other it is none.
    find: (checked) =>
      ofFaults(
        checked,
        'not-misclassified',
        () =>
          'count as broken, and are classified right by one more forward pass; if the network does not answer at random, look at it with dualbn evaluate --engine reference',
      ),
  },
] as const satisfies readonly SanityCheck[];

/**
 * Signs that a robust accuracy is not what it seems, as rules over what an evaluation found. After Athalye et al. 2018
 * (arXiv 1802.00420) and Carlini et al. 2019, 'On Evaluating Adversarial Robustness' (arXiv 1902.06705).
 *
 * That a robust accuracy is above the clean one needs no rule: here robust examples are clean examples by definition.
 */
import type { Cell } from '../nn/index.ts';
import type { CellEvaluation, Flags, PathSigns } from './cell.ts';
import { wilsonInterval } from './interval.ts';

export interface FailedCheck extends Cell {
  readonly rule: SanityCheckName;
  readonly message: string;
}

/** What a rule looks at. */
interface Seen extends CellEvaluation {
  readonly classes: number;
  /** Values an image. */
  readonly imageSize: number;
}

/** What is wrong, each in a sentence; nothing where nothing is. */
type Rule = (seen: Seen) => readonly string[];

/** Rounding that is no fault, a pixel. */
const pixelTolerance = 1e-6;

export const countOf = (flags: Flags) => flags.reduce((total, flag) => total + flag, 0);

const namesOf = ({ attackRun }: PathSigns) => attackRun.reported.map(({ name }) => name).join(', ');

/** More than a share of the examples, and more than one of them. */
const many = (some: number, share: number, of: number) => some > Math.max(1, share * of);

const rules = {
  /** NaN counts as misclassified, so a broken network looks like a weak one. */
  'not-finite': ({ notFinite, clean }) =>
    notFinite > 0
      ? [
          `${notFinite} of ${clean.length} clean images have logits that are no finite numbers; they count as misclassified`,
        ]
      : [],

  /** Whatever a swap of NS or AP does to such a cell, its robustness decides nothing. */
  'at-chance': ({ clean, classes }) => {
    const right = countOf(clean);
    const [low] = wilsonInterval(right, clean.length);
    return low <= 1 / classes
      ? [
          `${right} of ${clean.length} clean images are classified right, which guessing among ${classes} classes would do; the cell says nothing of robustness`,
        ]
      : [];
  },

  /** A gradient of nothing but zeros leads nowhere: the attack fails, whether or not the network is robust. */
  'zero-gradients': ({ paths }) =>
    paths
      .filter(({ flat, attacked }) => many(flat, 0.05, attacked))
      .map(
        (path) =>
          `${namesOf(path)}: the gradient was exactly zero for ${path.flat} of ${path.attacked} examples attacked; the attack may be blind, try margin-<N>`,
      ),

  /** Twice the steps should find little more; where they do, still more steps would too. */
  'not-converged': ({ paths, robust, clean }) =>
    paths.flatMap(({ attackRun: { reported } }) => {
      const longest = reported.at(-1);
      const shorter = reported.filter(
        ({ steps }) => longest && steps < longest.steps && 2 * steps >= longest.steps,
      );
      const half = shorter.at(-1);
      if (!longest || !half) return [];
      const more = countOf(robust[half.name]) - countOf(robust[longest.name]);
      return many(more, 0.02, clean.length)
        ? [
            `${longest.name} breaks ${more} of ${clean.length} examples that ${half.name} does not: more steps would break more`,
          ]
        : [];
    }),

  /** One step that does better than many points at gradients that mislead. */
  'fgsm-above-pgd': ({ paths, robust, clean }) => {
    const { fgsm } = robust;
    if (!fgsm) return [];
    return paths.flatMap(({ attackRun: { reported } }) => {
      const longest = reported.at(-1);
      if (!longest || longest.steps < 2) return [];
      const more = countOf(robust[longest.name]) - countOf(fgsm);
      return many(more, 0.01, clean.length)
        ? [
            `fgsm breaks ${more} examples more than ${longest.name}, with a single step: the gradients mislead`,
          ]
        : [];
    });
  },

  /** A search that asks for logits alone should find less than the best attack that knows the gradient. */
  'search-above-pgd': ({ paths, robust, clean }) => {
    const strongest = (search: boolean) =>
      paths
        .filter(
          ({ attackRun: { options } }) => options.steps > 1 && (options.search !== undefined) === search,
        )
        .flatMap(({ attackRun: { reported } }) =>
          reported.map(({ name }) => ({ name, left: countOf(robust[name]) })),
        )
        .sort((a, b) => a.left - b.left)[0];
    const [blind, seeing] = [strongest(true), strongest(false)];
    return blind && seeing && many(seeing.left - blind.left, 0.01, clean.length)
      ? [
          `${blind.name} breaks ${seeing.left - blind.left} examples more than ${seeing.name}, without any gradient: the gradients mislead`,
        ]
      : [];
  },

  'beyond-epsilon': ({ paths, imageSize }) =>
    paths.flatMap((path) => {
      const { norm, epsilon } = path.attackRun.options;
      // An error of the tolerance in every pixel is this long.
      const tolerance = pixelTolerance * (norm === 'l2' ? Math.sqrt(imageSize) : 1);
      return path.beyondEpsilon > tolerance
        ? [
            `${namesOf(path)}: a perturbation exceeds epsilon ${epsilon} by ${path.beyondEpsilon.toPrecision(2)}`,
          ]
        : [];
    }),

  'beyond-range': ({ paths }) =>
    paths
      .filter(({ beyondRange }) => beyondRange > pixelTolerance)
      .map((path) => `${namesOf(path)}: a pixel is outside [0, 1] by ${path.beyondRange.toPrecision(2)}`),
} as const satisfies Record<string, Rule>;

export type SanityCheckName = keyof typeof rules;

export const sanityCheckNames = Object.keys(rules) as readonly SanityCheckName[];

/** All that is suspicious in a cell. */
export function failedChecks(seen: Seen): FailedCheck[] {
  return sanityCheckNames.flatMap((rule) =>
    rules[rule](seen).map((message) => ({ rule, ...seen.cell, message })),
  );
}

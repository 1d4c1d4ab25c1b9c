/**
 * One-line calls:
 *
 *   const adversarial = await pgd(model, { epsilon: 8 / 255 })(images, labels);
 *
 * Each compiles what it needs and gives it back; `attack` keeps programs for many calls.
 */
import { type AttackSettings, attack } from './attack.ts';
import type { AttackGiven, AttackOptions } from './definition.ts';
import type { Attacked } from './loop.ts';
import type { Classifier } from './model.ts';
import { namedAttack } from './names.ts';
import type { PgdOptions } from './pgd.ts';
import type { SquareOptions } from './square.ts';

/** Options of which all but epsilon have defaults, and settings of the run. */
export type CallOptions<Options extends AttackOptions> = Partial<Omit<Options, 'name'>> &
  Pick<Options, 'epsilon'> &
  AttackSettings;

/** images [N, C, H, W] in [0, 1] and class numbers [N], to adversarial images; indices key the random draws. */
export type AttackCall = (
  images: Float32Array,
  labels: ArrayLike<number>,
  indices?: ArrayLike<number>,
) => Promise<Float32Array>;

/** Any attack, by its name. */
export function adversarialImages<Given extends AttackGiven>(
  model: Classifier,
  given: Given,
  settings: AttackSettings = {},
): AttackCall {
  return async (images, labels, indices) => {
    const run = attack(model, given, settings);
    try {
      return (await run({ images, labels, ...(indices ? { indices } : {}) })).adversarial;
    } finally {
      await run.dispose();
    }
  };
}

/** PGD-10 from a uniform start in steps of epsilon / 4, unless told otherwise. */
export function pgd(model: Classifier, given: CallOptions<PgdOptions>): AttackCall {
  const [options, settings] = split(given);
  return adversarialImages(model, { ...options, name: 'pgd' }, settings);
}

/** One step of epsilon from the image itself (Goodfellow et al. 2015), unless told otherwise. */
export function fgsm(model: Classifier, given: CallOptions<PgdOptions>): AttackCall {
  const [options, settings] = split(given);
  return adversarialImages(model, { ...namedAttack('fgsm', options.epsilon), ...options }, settings);
}

/** A random search of 1000 queries, by logits alone, unless told otherwise. */
export function square(model: Classifier, given: CallOptions<SquareOptions>): AttackCall {
  const [options, settings] = split(given);
  return adversarialImages(model, { ...options, name: 'square' }, settings);
}

/** One point of a curve over epsilon. */
export interface CurvePoint extends Attacked {
  readonly epsilon: number;
  /** The fraction of examples of which no iterate was misclassified. */
  readonly accuracy: number;
}

/** PGD at each of a list of epsilons; step sizes follow epsilon unless one is given. */
export function pgdCurve(
  model: Classifier,
  epsilons: readonly number[],
  options: Omit<CallOptions<PgdOptions>, 'epsilon'> = {},
) {
  const [given, settings] = split(options);
  return async (images: Float32Array, labels: ArrayLike<number>): Promise<CurvePoint[]> => {
    const run = attack(model, { ...given, name: 'pgd', epsilon: epsilons[0] ?? 0 }, settings);
    try {
      const points: CurvePoint[] = [];
      for (const epsilon of epsilons) {
        const attacked = await run({ images, labels }, { epsilon });
        const unbroken = attacked.firstMisclassified.filter((step) => step === -1).length;
        points.push({ ...attacked, epsilon, accuracy: unbroken / Math.max(labels.length, 1) });
      }
      return points;
    } finally {
      await run.dispose();
    }
  };
}

/** The attack's options, and how it is run. */
function split<Given extends AttackSettings>(given: Given) {
  const { seed, batchSize, earlyStop, onProgress, onExample, signal, attackTable, ...options } = given;
  return [options, { seed, batchSize, earlyStop, onProgress, onExample, signal, attackTable }] as const;
}

/**
 * The one-line call:
 *
 *   const adversarial = await pgd(model, { epsilon: 8 / 255 })(images, labels);
 *
 * PGD with the options of the test attack unless told otherwise; a list of epsilons gives a curve.
 */

import { attack } from './attack.ts';
import type { Attacked, AttackSettings } from './contract.ts';
import type { Model } from './model.ts';
import { type AttackOptions, namedAttack } from './options.ts';

export type PgdOptions = Partial<AttackOptions> & Pick<AttackOptions, 'epsilon'> & AttackSettings;

/** PGD on a model: images [N, C, H, W] in [0, 1] and class numbers [N], to adversarial images. */
export function pgd(model: Model, options: PgdOptions) {
  const run = attack(model, { ...namedAttack('pgd-10', options.epsilon), ...options }, options);
  return async (images: Float32Array, labels: ArrayLike<number>, indices?: ArrayLike<number>) =>
    (await run({ images, labels, ...(indices ? { indices } : {}) })).adversarial;
}

/** One point of a curve over epsilon. */
export interface CurvePoint extends Attacked {
  readonly epsilon: number;
  /** The fraction of examples of which no iterate was misclassified. */
  readonly accuracy: number;
}

/** The same attack at each of a list of epsilons. */
export function pgdCurve(
  model: Model,
  epsilons: readonly number[],
  options: Omit<PgdOptions, 'epsilon'> = {},
) {
  return async (images: Float32Array, labels: ArrayLike<number>): Promise<CurvePoint[]> => {
    const run = attack(model, { ...namedAttack('pgd-10', 1), ...options }, options);
    const points: CurvePoint[] = [];
    for (const epsilon of epsilons) {
      const { stepSize } = { ...namedAttack('pgd-10', epsilon), ...options };
      const attacked = await run({ images, labels }, { epsilon, stepSize });
      const unbroken = attacked.firstMisclassified.filter((step) => step === -1).length;
      points.push({ ...attacked, epsilon, accuracy: unbroken / Math.max(labels.length, 1) });
    }
    await run.dispose();
    return points;
  };
}

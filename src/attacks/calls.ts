/**
 * One-line calls:
 *
 *   const adversarial = await pgd(model, { epsilon: 8 / 255 })(images, labels);
 *
 * Each compiles what it needs and gives it back; `attack` keeps programs for many calls.
 */

import { InputError } from '../errors.ts';
import type { ApgdOptions } from './apgd.ts';
import type { TargetedApgdOptions } from './apgd-targeted.ts';
import { type AttackSettings, attack } from './attack.ts';
import type { DdnOptions } from './ddn.ts';
import type { AttackGiven, AttackOptions } from './definition.ts';
import type { FabOptions, TargetedFabOptions } from './fab.ts';
import type { FmnOptions } from './fmn.ts';
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

/** APGD of 100 steps on cross-entropy, in L-infinity, unless told otherwise. */
export function apgd(model: Classifier, given: CallOptions<ApgdOptions>): AttackCall {
  const [options, settings] = split(given);
  return adversarialImages(model, { ...options, name: 'apgd' }, settings);
}

/** APGD towards the 9 likeliest wrong classes, unless told otherwise. */
export function apgdT(model: Classifier, given: CallOptions<TargetedApgdOptions>): AttackCall {
  const [options, settings] = split(given);
  return adversarialImages(model, { ...options, name: 'apgd-t' }, settings);
}

/** A random search of 1000 queries, by logits alone, unless told otherwise. */
export function square(model: Classifier, given: CallOptions<SquareOptions>): AttackCall {
  const [options, settings] = split(given);
  return adversarialImages(model, { ...options, name: 'square' }, settings);
}

/** Options of an attack that seeks the nearest adversarial image, and settings of the run. */
export type NearestOptions<Options extends AttackOptions> = Partial<Omit<Options, 'name'>> & AttackSettings;

function nearestImages(model: Classifier, name: string, given: NearestOptions<AttackOptions>): AttackCall {
  const [options, settings] = split(given);
  const beyondEpsilon = options.epsilon === undefined;
  return adversarialImages(model, { epsilon: 0, ...options, name }, { beyondEpsilon, ...settings });
}

/**
 * The nearest adversarial images that FAB finds: those within epsilon where it is given, else however far they are. The clean image
 * where there is none. In L-infinity unless told otherwise.
 */
export function fab(model: Classifier, given: NearestOptions<FabOptions> = {}): AttackCall {
  return nearestImages(model, 'fab', given);
}

/** As `fab`, by FAB-T. */
export function fabT(model: Classifier, given: NearestOptions<TargetedFabOptions> = {}): AttackCall {
  return nearestImages(model, 'fab-t', given);
}

/** As `fab`, by DDN, in L2. */
export function ddn(model: Classifier, given: NearestOptions<DdnOptions> = {}): AttackCall {
  return nearestImages(model, 'ddn', given);
}

/** As `fab`, by FMN. */
export function fmn(model: Classifier, given: NearestOptions<FmnOptions> = {}): AttackCall {
  return nearestImages(model, 'fmn', given);
}

/** The nearest adversarial images that were found. */
export interface Nearest {
  /** [N, C, H, W]; the clean image where none was found. */
  readonly adversarial: Float32Array;
  /** One an image, [N]; 0 where the clean image is misclassified, Infinity where no adversarial image was found. */
  readonly distance: Float32Array;
}

/**
 * The nearest adversarial images and their distances, by any attack that seeks them:
 *
 *   const { distance } = await nearestAdversarial(model, { name: 'fab-t', norm: 'l2' })(images, labels);
 *
 * The call rejects with an InputError for an attack that does not.
 */
export function nearestAdversarial<Given extends Omit<AttackGiven, 'epsilon'>>(
  model: Classifier,
  given: Given,
  settings: Omit<AttackSettings, 'earlyStop' | 'beyondEpsilon'> = {},
) {
  return async (
    images: Float32Array,
    labels: ArrayLike<number>,
    indices?: ArrayLike<number>,
  ): Promise<Nearest> => {
    const run = attack(
      model,
      { epsilon: 0, ...given },
      { ...settings, earlyStop: false, beyondEpsilon: true },
    );
    try {
      const { adversarial, distance } = await run({ images, labels, ...(indices ? { indices } : {}) });
      if (!distance)
        throw new InputError(
          `${given.name} looks in a ball, and not for the nearest adversarial image: use fab-t, fab, fmn or ddn`,
        );
      return { adversarial, distance };
    } finally {
      await run.dispose();
    }
  };
}

/** The attack's options, and how it is run. */
export function split<Given extends AttackSettings>(given: Given) {
  const {
    seed,
    batchSize,
    earlyStop,
    beyondEpsilon,
    onProgress,
    onExample,
    signal,
    attackTable,
    ...options
  } = given;
  const settings = { seed, batchSize, earlyStop, onProgress, onExample, signal, attackTable };
  return [options, beyondEpsilon === undefined ? settings : { ...settings, beyondEpsilon }] as const;
}

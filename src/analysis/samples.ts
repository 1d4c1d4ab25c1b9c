/**
 * The types of sample x whose statistics are compared or re-estimated, made of the same clean images:
 *
 *   clean    the images as they are, without augmentation
 *   adv      attacked white-box through a cell, in evaluation mode
 *   noise    plus uniform noise in the ball of the norm, U(-epsilon, epsilon) in L-infinity, clipped to [0, 1]
 *   mixed    every second one attacked, the others as they are
 *   target   images of the distribution that accuracies are of: the test set, without labels, as they are
 */
import {
  type AttackOptions,
  type AttackSettings,
  attack,
  type Examples,
  type Model,
  norms,
} from '../attacks/index.ts';

export const sampleTypes = ['clean', 'adv', 'noise', 'mixed', 'target'] as const;
export type SampleType = (typeof sampleTypes)[number];

/** Whether samples of a type are made by an attack, through some cell. */
export const needsAttack = (type: SampleType): boolean => type === 'adv' || type === 'mixed';

export interface SampleOptions extends Pick<AttackSettings, 'seed' | 'batchSize' | 'onProgress' | 'signal'> {
  /** Of the adversarial images; its norm and epsilon bound the noise too. */
  readonly attack: AttackOptions;
}

/** Adversarial images [N, C, H, W]: the last iterate for every example, broken or not. */
export async function attackedSamples(
  model: Model,
  examples: Examples,
  { attack: options, ...settings }: SampleOptions,
): Promise<Float32Array> {
  const run = attack(model, options, settings);
  try {
    return (await run(examples)).adversarial;
  } finally {
    await run.dispose();
  }
}

/** Noisy images [N, C, H, W]; the noise of an image depends on the seed and its index alone. */
export function noisySamples(
  { images, labels, indices }: Examples,
  { attack: { norm, epsilon }, seed = 0 }: Pick<SampleOptions, 'attack' | 'seed'>,
): Float32Array {
  const size = images.length / labels.length;
  const noisy = new Float32Array(images.length);
  for (let at = 0; at < labels.length; at += 1) {
    const key = { seed, purpose: 'noise', example: indices?.[at] ?? at } as const;
    norms[norm].uniform(key, noisy.subarray(at * size, (at + 1) * size), epsilon);
  }
  return noisy.map((noise, at) => Math.min(Math.max(images[at] + noise, 0), 1));
}

/** Every second image of one array, the others of another, [N, C, H, W]. */
export function mixedSamples(clean: Float32Array, adversarial: Float32Array, count: number): Float32Array {
  const size = clean.length / count;
  return clean.map((value, at) => (Math.floor(at / size) % 2 === 1 ? adversarial[at] : value));
}

/** Which images an analysis is of (test images, or training images by class), and the types of sample made of them. */

import {
  type AttackOptions,
  type AttackSettings,
  attack,
  batchShape,
  type Examples,
  type Model,
  norms,
} from '../attacks/index.ts';
import {
  cropAndFlip,
  type Dataset,
  evaluationSubset,
  gather,
  NO_AUGMENTATION,
  subset,
} from '../data/index.ts';
import { InputError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import type { Network } from '../nn/index.ts';
import { permutation } from '../random/index.ts';
import type { AnalysisContext } from './definition.ts';

/** The first `count` test images of the order that evaluations take them in; a smaller number is a part of a larger. */
export function testExamples(test: Dataset, count: number): Required<Examples> {
  return gather(test, testIndices(test, count));
}

/** The same in mixed order, for batches: a data set may be sorted by class. */
export function mixedTestExamples(test: Dataset, count: number, seed: number): Required<Examples> {
  return inMixedOrder(test, testIndices(test, count), seed);
}

/**
 * Training images by class, of those that the network was trained on, in mixed order: as they are, or each once augmented as is usual
 * for the data set. @throws InputError for too few.
 */
export async function mixedTrainingExamples(
  { training }: Pick<AnalysisContext, 'training'>,
  count: number,
  seed: number,
  augment: TrainingAugmentation = 'none',
): Promise<Required<Examples>> {
  const { dataset, train } = await training();
  if (count > train.length)
    throw new InputError(
      `statistics of ${count} training images were asked for; the network was trained on ${train.length}`,
    );
  const augmented = cropAndFlip(augment === 'usual' ? dataset.augmentation : NO_AUGMENTATION);
  return inMixedOrder(dataset, subset(dataset, count, { seed, among: train }), seed, (source, example, out) =>
    augmented(source, dataset, { seed, epoch: 0, example }, out),
  );
}

/** Of training images: none, or the crop and flip that are usual for the data set. */
export const trainingAugmentations = ['usual', 'none'] as const;
export type TrainingAugmentation = (typeof trainingAugmentations)[number];

function testIndices(test: Dataset, count: number): Uint32Array {
  if (count > test.count)
    throw new InputError(
      `${count} images were asked for; the test set of ${test.displayName} has ${test.count}`,
    );
  return evaluationSubset(test, count);
}

function inMixedOrder(
  dataset: Dataset,
  indices: Uint32Array,
  seed: number,
  write?: (source: Uint8Array, example: number, out: Float32Array) => void,
): Required<Examples> {
  const order = permutation({ seed, purpose: 'shuffle' }, indices.length);
  return gather(
    dataset,
    order.map((at) => indices[at]),
    write,
  );
}

export interface WholeBatches {
  readonly examples: Required<Examples>;
  /** Examples kept. */
  readonly count: number;
  readonly batches: number;
}

/** Examples cut to whole batches: a batch's statistics depend on its size, so a smaller last one would be another thing. */
export function wholeBatches(
  network: Network,
  { images, labels, indices }: Examples,
  batchSize: number,
): WholeBatches {
  const batches = Math.floor(labels.length / batchSize);
  const count = batches * batchSize;
  const examples = {
    images: images.subarray(0, sizeOf(batchShape(network, count))),
    labels: Array.from({ length: count }, (_, at) => labels[at]),
    indices: Array.from({ length: count }, (_, at) => indices?.[at] ?? at),
  };
  return { examples, count, batches };
}

/**
 * The types of sample x whose statistics are compared or re-estimated, made of the same clean images:
 *
 *   clean    the images as they are, without augmentation
 *   adv      attacked white-box through a cell, in evaluation mode
 *   noise    plus uniform noise in the ball of the norm, U(-epsilon, epsilon) in L-infinity, clipped to [0, 1]
 *   mixed    every second one attacked, the others as they are
 *   target   images of the distribution that accuracies are of: the test set, without labels, as they are
 */
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

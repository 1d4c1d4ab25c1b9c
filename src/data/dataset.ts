/** What a loaded data set is. Where it comes from is in sources.ts, how it is batched in batches.ts. */

export type Split = 'train' | 'test';

/** What is done to a training image, per example and epoch (see augment.ts). */
export interface Augmentation {
  /** Random crop of the original size from the image with this many zero pixels added on each side; 0 is none. */
  readonly padding: number;
  /** Horizontal flip with probability one half. */
  readonly flip: boolean;
}

export const NO_AUGMENTATION: Augmentation = { padding: 0, flip: false };

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/**
 * One split of a data set, whole in memory as bytes.
 *
 * Images reach a network as float32 in [0, 1] (value / 255): normalization by mean and deviation, where it is wanted,
 * belongs to the network, so that epsilon always speaks of pixels.
 */
export interface Dataset extends ImageShape {
  /** The name it is loaded by: 'cifar-10', 'folder:pictures'. */
  readonly name: string;
  readonly displayName: string;
  readonly split: Split;
  readonly classes: readonly string[];
  readonly count: number;
  /** [count, channels, height, width], 0 to 255. */
  readonly images: Uint8Array;
  /** [count], each below classes.length. */
  readonly labels: Uint16Array;
  /** sha256 in hexadecimal over the (unpacked) bytes of the files read, in their order. Recorded with every run. */
  readonly checksum: string;
  /** The directory it was read from. */
  readonly directory: string;
  /** What training does to its images unless told otherwise. */
  readonly augmentation: Augmentation;
}

/** Number of values of one image. */
export function imageSize({ channels, height, width }: ImageShape): number {
  return channels * height * width;
}

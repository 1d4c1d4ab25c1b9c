/**
 * Batches of a data set in an order fixed by (seed, epoch), from any batch on. It holds no state between epochs: what a
 * resumed run needs to know is the epoch and the number of batches done.
 */
import { InputError } from '../errors.ts';
import { permutation } from '../random/index.ts';
import { type Augment, cropAndFlip, IDENTITY, place } from './augment.ts';
import { type Augmentation, type Dataset, imageSize, NO_AUGMENTATION } from './dataset.ts';

export interface Batch {
  /** [N, channels, height, width], in [0, 1] */
  readonly images: Float32Array;
  /** [N] */
  readonly labels: Int32Array;
  /** [N], which examples of the data set these are: the keys of their random streams. */
  readonly indices: Uint32Array;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** Order and augmentation of these examples belong to an epoch (default 0). */
  readonly epoch?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Default false: in the order of `indices`. */
  readonly shuffle?: boolean;
  /** Default none. */
  readonly augmentation?: Augmentation | Augment;
  /** Leave the last, smaller batch out (default false). */
  readonly dropLast?: boolean;
  /** The first batch given (default 0); those before it cost nothing. */
  readonly start?: number;
}

/** The number of batches that `length` examples make. */
export function batchCount(length: number, { batchSize, dropLast = false }: BatchOptions): number {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new InputError(`batch size ${batchSize}: expected a positive integer`);
  }
  return dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
}

/**
 * Yields batches of the examples `indices`; each batch is memory of its own, free to be kept.
 *
 * Shuffling is by the stream (seed, 'shuffle', epoch), augmentation by (seed, 'augmentation', epoch, example).
 */
export function* batches(
  dataset: Dataset,
  indices: Uint32Array,
  options: BatchOptions,
): Generator<Batch, void> {
  const {
    batchSize,
    epoch = 0,
    seed = 0,
    shuffle = false,
    augmentation = NO_AUGMENTATION,
    start = 0,
  } = options;
  const order = shuffle
    ? permutation({ seed, purpose: 'shuffle', epoch }, indices.length).map((position) => indices[position])
    : indices;
  const augment = typeof augmentation === 'function' ? augmentation : cropAndFlip(augmentation);
  const total = batchCount(indices.length, options);
  for (let batch = start; batch < total; batch++) {
    const chosen = order.slice(batch * batchSize, (batch + 1) * batchSize);
    yield gather(dataset, chosen, (source, example, out) =>
      augment(source, dataset, { seed, epoch, example }, out),
    );
  }
}

/** The given examples as one batch, each written by `write` (by default as it is). */
export function gather(
  dataset: Dataset,
  indices: Uint32Array,
  write = (source: Uint8Array, _example: number, out: Float32Array) => place(source, dataset, IDENTITY, out),
): Batch {
  const size = imageSize(dataset);
  const images = new Float32Array(indices.length * size); // [N, channels, height, width]
  const labels = new Int32Array(indices.length);
  for (const [i, example] of indices.entries()) {
    if (example >= dataset.count) {
      throw new InputError(
        `example ${example} of ${dataset.displayName} ${dataset.split}: it has ${dataset.count}`,
      );
    }
    const source = dataset.images.subarray(example * size, (example + 1) * size);
    write(source, example, images.subarray(i * size, (i + 1) * size));
    labels[i] = dataset.labels[example];
  }
  return { images, labels, indices };
}

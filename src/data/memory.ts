/** A data set from arrays that a program has: with a few fields given, and everything checked. */
import { InputError, type Problem } from '../errors.ts';
import { sha256 } from './content.ts';
import {
  type Augmentation,
  type Dataset,
  type ImageShape,
  imageSize,
  NO_AUGMENTATION,
  type Split,
} from './dataset.ts';

export interface DatasetArrays extends ImageShape {
  /**
   * Values [N, channels, height, width], bytes, or numbers in [0, 1], which are kept as the nearest of 256 levels, as images of files are.
   */
  readonly images: Uint8Array | Float32Array;
  /** [N], class numbers from 0. */
  readonly labels: ArrayLike<number>;
  /** Names of the classes (default '0', '1', ... up to the largest label). A test set needs those of its training set. */
  readonly classes?: readonly string[];
  /** Default 'memory'. */
  readonly name?: string;
  /** Default the name. */
  readonly displayName?: string;
  /** Default 'train'. */
  readonly split?: Split;
  /** What training does to its images unless told otherwise (default nothing). */
  readonly augmentation?: Augmentation;
}

/**
 * Make a data set of arrays; they are not copied where they are bytes. Its checksum is of shape, images and labels.
 *
 * @throws InputError with all that does not fit.
 */
export function datasetFrom(arrays: DatasetArrays): Dataset {
  const { images, channels, height, width, name = 'memory', displayName = name, split = 'train' } = arrays;
  const { augmentation = NO_AUGMENTATION } = arrays;
  const labels = Array.from(arrays.labels);
  const classes = arrays.classes ?? classNumbers(labels);
  const shape = { channels, height, width };
  const count = labels.length;
  const problems: Problem[] = [];
  const check = (holds: boolean, where: string, what: string) => {
    if (!holds) problems.push({ where, what });
  };
  for (const [where, length] of Object.entries(shape))
    check(
      Number.isInteger(length) && length >= 1,
      where,
      `expected a whole number of at least 1, found ${length}`,
    );
  check(count >= 1, 'labels', 'expected at least one example, found none');
  check(
    images.length === count * imageSize(shape),
    'images',
    `expected ${count} x ${channels} x ${height} x ${width} values, one image a label, found ${images.length}`,
  );
  check(classes.length >= 2, 'classes', `expected at least 2, found ${classes.length}`);
  const wrong = labels.findIndex(
    (label) => !(Number.isInteger(label) && label >= 0 && label < classes.length),
  );
  check(
    wrong === -1,
    `labels.${wrong}`,
    `expected a class number from 0 to ${classes.length - 1}, found ${labels[wrong]}`,
  );
  if (images instanceof Float32Array) {
    const outside = images.findIndex((value) => !(value >= 0 && value <= 1));
    check(outside === -1, `images.${outside}`, `expected numbers in [0, 1], found ${images[outside]}`);
  }
  if (problems.length > 0) throw new InputError(`${displayName} is no data set:`, problems);
  const bytes =
    images instanceof Float32Array ? Uint8Array.from(images, (value) => Math.round(255 * value)) : images;
  const numbers = Uint16Array.from(labels);
  const described = Buffer.from(JSON.stringify([count, channels, height, width]));
  const checksum = sha256(
    described,
    bytes,
    Uint8Array.from(labels.flatMap((label) => [label & 255, label >> 8])),
  );
  return {
    name,
    displayName,
    split,
    classes,
    count,
    ...shape,
    images: bytes,
    labels: numbers,
    checksum,
    directory: '',
    augmentation,
  };
}

const classNumbers = (labels: readonly number[]) =>
  Array.from({ length: 1 + labels.reduce((most, label) => Math.max(most, label), 0) }, (_, label) =>
    String(label),
  );

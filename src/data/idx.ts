/**
 * IDX, the format of MNIST: a magic number 0x0000TTDD (type, number of dimensions), the dimensions as big-endian 32-bit
 * integers, then the values. Here unsigned bytes (type 0x08): labels [N], images [N, H, W] or [N, C, H, W]; and directories of
 * any such data in MNIST's naming: {train,t10k}-{images,labels} files, each also as .gz.
 * Source: http://yann.lecun.com/exdb/mnist/.
 */

import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { type Contents, expectLabels, expectSize, grouped, kindOf, readContent, sha256 } from './content.ts';
import { type ImageShape, imageSize, type Split } from './dataset.ts';

export interface IdxPair extends ImageShape, Contents {}

const LABELS = [0x00000801];
const IMAGES = [0x00000803, 0x00000804];

/** What a pair must hold besides being well formed. */
export interface IdxExpectation {
  readonly count?: number;
  readonly shape?: ImageShape;
  readonly classes?: number;
}

/**
 * Reads a pair of files, each gzipped where its name ends in .gz.
 *
 * @throws InputError when a file is missing, is no IDX file of bytes, is truncated, or is not as expected.
 */
export async function readIdxPair(
  imagesPath: string,
  labelsPath: string,
  expected: IdxExpectation = {},
): Promise<IdxPair> {
  const imageFile = await readIdx(imagesPath, IMAGES);
  const labelFile = await readIdx(labelsPath, LABELS);
  const [count, ...rest] = imageFile.dimensions;
  const [channels, height, width] = rest.length === 2 ? [1, ...rest] : rest;
  const shape: ImageShape = { channels, height, width };
  if (expected.shape && !sameShape(shape, expected.shape)) {
    throw new InputError(
      `${imagesPath}: expected images of ${shapeText(expected.shape)}, found ${shapeText(shape)}`,
    );
  }
  if (imageSize(shape) === 0 || count === 0) throw new InputError(`${imagesPath}: it holds no images`);
  if (expected.count !== undefined && count !== expected.count) {
    throw new InputError(
      `${imagesPath}: expected ${grouped(expected.count)} images, found ${grouped(count)}`,
    );
  }
  if (labelFile.dimensions[0] !== count) {
    throw new InputError(
      `${labelsPath}: expected ${grouped(count)} labels, one for each image of ${imagesPath}, ` +
        `found ${grouped(labelFile.dimensions[0])}`,
    );
  }
  const labels = Uint16Array.from(labelFile.values);
  if (expected.classes !== undefined) expectLabels(labelsPath, labels, expected.classes);
  return {
    ...shape,
    count,
    images: imageFile.values,
    labels,
    checksum: sha256(imageFile.bytes, labelFile.bytes),
  };
}

interface Idx {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
  readonly bytes: Uint8Array;
}

async function readIdx(path: string, magics: readonly number[]): Promise<Idx> {
  const bytes = await readContent(path);
  const magic = bytes.length >= 4 ? bytes.readUInt32BE(0) : undefined;
  if (magic === undefined || !magics.includes(magic)) {
    throw new InputError(
      `${path}: expected an IDX file with magic ${magics.map(hexadecimal).join(' or ')}, found ` +
        `${magic === undefined ? `${bytes.length} bytes` : hexadecimal(magic)}`,
    );
  }
  const rank = magic & 0xff;
  const header = 4 + 4 * rank;
  if (bytes.length < header) expectSize(path, bytes, header, `the header of ${rank} dimensions`);
  const dimensions = Array.from({ length: rank }, (_, i) => bytes.readUInt32BE(4 + 4 * i));
  const size = dimensions.reduce((product, dimension) => product * dimension, 1);
  expectSize(path, bytes, header + size, `a header of ${header} and ${dimensions.join(' x ')} values`);
  // A plain array: Buffer's own slice() shares memory where Uint8Array's copies.
  const values = new Uint8Array(bytes.buffer, bytes.byteOffset + header, size);
  return { dimensions, values, bytes };
}

function hexadecimal(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

function sameShape(a: ImageShape, b: ImageShape): boolean {
  return a.channels === b.channels && a.height === b.height && a.width === b.width;
}

function shapeText({ channels, height, width }: ImageShape): string {
  return `${height} x ${width} pixels in ${channels} channel${channels === 1 ? '' : 's'}`;
}

export interface IdxDirectory extends ImageShape, Contents {
  readonly classes: readonly string[];
}

const PREFIXES: Readonly<Record<Split, readonly string[]>> = { train: ['train'], test: ['t10k', 'test'] };

/**
 * Reads one split. The classes are the numbers up to the largest training label, and a test label must be one of them.
 *
 * @throws InputError when a file is missing or wrong.
 */
export async function readIdxDirectory(directory: string, split: Split): Promise<IdxDirectory> {
  const train = await readPair(directory, 'train');
  const count = train.labels.reduce((largest, label) => Math.max(largest, label), 0) + 1;
  const classes = Array.from({ length: count }, (_, label) => String(label));
  if (split === 'train') return { ...train, classes };
  return { ...(await readPair(directory, 'test', { shape: train, classes: count })), classes };
}

async function readPair(directory: string, split: Split, expected = {}): Promise<ImageShape & Contents> {
  const images = await find(directory, split, 'images', ['idx3', 'idx4']);
  const labels = await find(directory, split, 'labels', ['idx1']);
  return readIdxPair(images, labels, expected);
}

async function find(
  directory: string,
  split: Split,
  what: string,
  ranks: readonly string[],
): Promise<string> {
  const names = PREFIXES[split].flatMap((prefix) =>
    ranks.flatMap((rank) =>
      ['-', '.'].flatMap((dot) => ['', '.gz'].map((end) => `${prefix}-${what}${dot}${rank}-ubyte${end}`)),
    ),
  );
  for (const name of names) {
    const path = join(directory, name);
    if ((await kindOf(path)) === 'file') return path;
  }
  throw new InputError(
    `${directory}: the ${what} of the ${split} split are missing; expected ${names[0]} (or with .gz)`,
  );
}

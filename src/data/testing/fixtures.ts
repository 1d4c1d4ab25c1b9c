/** Tiny data sets made on the fly for tests: files in a temporary directory, and sets in memory. Not for production. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Dataset, type ImageShape, imageSize, NO_AUGMENTATION } from '../dataset.ts';

/** Runs `use` with a new directory and removes it afterwards. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'dualbn-data-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Writes files by their path below `directory`, making folders on the way. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
  }
}

/** CIFAR records: image i is filled with the value 10 i + channel, its label bytes are labels[i]. */
export function cifarFile(labels: readonly (readonly number[])[]): Uint8Array {
  return Buffer.concat(
    labels.map((label, i) =>
      Buffer.concat([
        Buffer.from(label),
        ...[0, 1, 2].map((channel) => Buffer.alloc(1024, 10 * i + channel)),
      ]),
    ),
  );
}

/** An IDX file of bytes with the given dimensions. */
export function idxFile(dimensions: readonly number[], values: ArrayLike<number>): Uint8Array {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header.writeUInt32BE(0x0800 + dimensions.length, 0);
  for (const [i, dimension] of dimensions.entries()) header.writeUInt32BE(dimension, 4 + 4 * i);
  return Buffer.concat([header, Uint8Array.from(values)]);
}

/** A data set in memory: example i has the label i modulo `classes`, and pixel p of it the value (7 i + p) mod 256. */
export function syntheticDataset(
  count: number,
  {
    classes = 10,
    channels = 1,
    height = 4,
    width = 4,
  }: Partial<ImageShape> & { readonly classes?: number } = {},
): Dataset {
  const shape = { channels, height, width };
  const size = imageSize(shape);
  return {
    ...shape,
    name: 'synthetic',
    displayName: 'Synthetic',
    split: 'train',
    classes: Array.from({ length: classes }, (_, label) => String(label)),
    count,
    images: Uint8Array.from({ length: count * size }, (_, i) => 7 * Math.floor(i / size) + (i % size)),
    labels: Uint16Array.from({ length: count }, (_, i) => i % classes),
    checksum: '0'.repeat(64),
    directory: 'memory',
    augmentation: NO_AUGMENTATION,
  };
}

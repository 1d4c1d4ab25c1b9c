/**
 * A directory of any IDX data in MNIST's naming: {train,t10k}-{images,labels} files, each also as .gz. Shape and number
 * of classes are what the files say. Reading a pair is in idx.ts.
 */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { type Contents, kindOf } from './content.ts';
import type { ImageShape, Split } from './dataset.ts';
import { readIdxPair } from './idx.ts';

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

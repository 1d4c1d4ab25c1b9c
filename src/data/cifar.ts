/**
 * The binary layout of CIFAR-10 and CIFAR-100: records of labels and planes, nothing between them.
 *   CIFAR-10:   <label> <1024 red> <1024 green> <1024 blue>
 *   CIFAR-100:  <coarse label> <fine label> <1024 red> <1024 green> <1024 blue>
 * Source: https://www.cs.toronto.edu/~kriz/cifar.html. The label taken is the last (the fine one).
 * And the names of the classes of the official data sets.
 */

import { createHash } from 'node:crypto';
import { readCifarRecords } from './cifar-python.ts';
import { type Contents, expectLabels, expectSize, grouped } from './content.ts';
import { type ImageShape, imageSize } from './dataset.ts';

export interface CifarLayout extends ImageShape {
  readonly labelBytes: number;
  readonly classes: number;
  readonly recordsPerFile: number;
}

/**
 * Reads files of one split, in order.
 *
 * @throws InputError when a file is missing, has another size, or holds a label out of range.
 */
export async function readCifar(paths: readonly string[], layout: CifarLayout): Promise<Contents> {
  const { labelBytes, recordsPerFile, classes } = layout;
  const size = imageSize(layout);
  const record = labelBytes + size;
  const count = recordsPerFile * paths.length;
  const images = new Uint8Array(count * size); // [count, channels, height, width]
  const labels = new Uint16Array(count);
  const hash = createHash('sha256');
  for (const [file, path] of paths.entries()) {
    const bytes = await readCifarRecords(path, { labelBytes, size });
    expectSize(
      path,
      bytes,
      recordsPerFile * record,
      `${grouped(recordsPerFile)} records of ${grouped(record)} bytes`,
    );
    hash.update(bytes);
    const first = file * recordsPerFile;
    for (let i = 0; i < recordsPerFile; i++) {
      const start = i * record;
      labels[first + i] = bytes[start + labelBytes - 1];
      images.set(bytes.subarray(start + labelBytes, start + record), (first + i) * size);
    }
    expectLabels(path, labels.subarray(first, first + recordsPerFile), classes);
  }
  return { count, images, labels, checksum: hash.digest('hex') };
}

// The class names of the official data sets, in the order of their labels, as their own files give them.
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const CIFAR_10_CLASSES = words('airplane automobile bird cat deer dog frog horse ship truck');

export const CIFAR_100_CLASSES = words(`
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle
  caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
  forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle
  mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
  possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
  sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
  willow_tree wolf woman worm`);

export const MNIST_CLASSES = words('0 1 2 3 4 5 6 7 8 9');

export const FASHION_MNIST_CLASSES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

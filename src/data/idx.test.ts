import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { type IdxExpectation, readIdxPair } from './idx.ts';
import { loadDataset } from './load.ts';
import { idxFile, withDirectory, writeFiles } from './testing/fixtures.ts';

const images = idxFile([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels = idxFile([2], [4, 1]);

function read(imageBytes: Uint8Array, labelBytes: Uint8Array, expected: IdxExpectation = {}, end = '') {
  return withDirectory(async (directory) => {
    await writeFiles(directory, { [`images${end}`]: imageBytes, [`labels${end}`]: labelBytes });
    return readIdxPair(join(directory, `images${end}`), join(directory, `labels${end}`), expected);
  });
}

test('reads a pair of files', async () => {
  const pair = await read(images, labels);
  expect(pair).toMatchObject({ count: 2, channels: 1, height: 2, width: 3 });
  expect([...pair.images]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect([...pair.labels]).toEqual([4, 1]);
});

test('gives the same contents and checksum packed', async () => {
  expect(await read(gzipSync(images), gzipSync(labels), {}, '.gz')).toEqual(await read(images, labels));
});

test('reads images of several channels', async () => {
  const pair = await read(idxFile([2, 3, 1, 2], new Uint8Array(12)), labels);
  expect(pair).toMatchObject({ count: 2, channels: 3, height: 1, width: 2 });
});

test.each<[string, Uint8Array, Uint8Array, IdxExpectation, RegExp]>([
  ['labels for images', labels, labels, {}, /images: expected .* 0x00000803 or 0x00000804, found 0x00000801/],
  ['images for labels', images, images, {}, /labels: expected .* 0x00000801, found 0x00000803/],
  ['an empty file', new Uint8Array(0), labels, {}, /images: .* found 0 bytes/],
  ['a cut header', images.subarray(0, 9), labels, {}, /images: expected 16 bytes .* found 9/],
  [
    'cut values',
    images.subarray(0, 20),
    labels,
    {},
    /images: expected 28 bytes .* found 20; it is truncated/,
  ],
  [
    'trailing values',
    images,
    Buffer.concat([labels, labels]),
    {},
    /labels: expected 10 bytes .* another file/,
  ],
  ['fewer labels', images, idxFile([1], [4]), {}, /labels: expected 2 labels, one for each image .* found 1/],
  ['a label out of range', images, labels, { classes: 4 }, /labels: label 4 at record 0, expected 0 to 3/],
  ['another count', images, labels, { count: 60_000 }, /images: expected 60,000 images, found 2/],
  [
    'another shape',
    images,
    labels,
    { shape: { channels: 1, height: 28, width: 28 } },
    /expected images of 28 x 28 pixels in 1 channel, found 2 x 3/,
  ],
])('refuses %s', async (_, imageBytes, labelBytes, expected, message) => {
  const failure = read(imageBytes, labelBytes, expected);
  await expect(failure).rejects.toThrow(InputError);
  await expect(failure).rejects.toThrow(message);
});

test('refuses a cut gzip file', async () => {
  const failure = read(gzipSync(images).subarray(0, 20), gzipSync(labels), {}, '.gz');
  await expect(failure).rejects.toThrow(/images\.gz is not a whole gzip file/);
});

test('loads any pairs as idx:DIR, with the classes the training labels have', async () => {
  await withDirectory(async (directory) => {
    await writeFiles(directory, {
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': labels,
      't10k-images-idx3-ubyte.gz': gzipSync(images),
      't10k-labels-idx1-ubyte.gz': gzipSync(idxFile([2], [0, 3])),
    });
    const train = await loadDataset(`idx:${directory}`, 'train');
    const testing = await loadDataset(`idx:${directory}`, 'test');
    expect(train.classes).toEqual(['0', '1', '2', '3', '4']);
    expect(testing).toMatchObject({ split: 'test', classes: train.classes, count: 2, height: 2, width: 3 });
    await writeFiles(directory, { 't10k-labels-idx1-ubyte.gz': gzipSync(idxFile([2], [0, 5])) });
    await expect(loadDataset(`idx:${directory}`, 'test')).rejects.toThrow(
      /label 5 at record 1, expected 0 to 4/,
    );
  });
});

test('says which file of idx:DIR is missing', async () => {
  await withDirectory(async (directory) => {
    await expect(loadDataset(`idx:${directory}`, 'train')).rejects.toThrow(
      /the images of the train split are missing/,
    );
  });
});

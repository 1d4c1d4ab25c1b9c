import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { type CifarLayout, readCifar } from './cifar.ts';
import { sha256 } from './content.ts';
import { cifarFile, withDirectory, writeFiles } from './testing/fixtures.ts';

const layout: CifarLayout = {
  channels: 3,
  height: 32,
  width: 32,
  labelBytes: 1,
  recordsPerFile: 2,
  classes: 10,
};

function read(files: Readonly<Record<string, Uint8Array>>, changed: Partial<CifarLayout> = {}) {
  return withDirectory(async (directory) => {
    await writeFiles(directory, files);
    const paths = Object.keys(files).map((name) => join(directory, name));
    return readCifar(paths, { ...layout, ...changed });
  });
}

test('reads records of several files in order, planes as they are', async () => {
  const first = cifarFile([[3], [9]]);
  const second = cifarFile([[0], [1]]);
  const { count, images, labels, checksum } = await read({ 'a.bin': first, 'b.bin': second });
  expect(count).toBe(4);
  expect([...labels]).toEqual([3, 9, 0, 1]);
  // Example 1, each channel's first pixel.
  expect([0, 1, 2].map((channel) => images[3072 + 1024 * channel])).toEqual([10, 11, 12]);
  expect(images).toHaveLength(4 * 3072);
  expect(checksum).toBe(sha256(first, second));
});

test('takes the fine label of CIFAR-100, the second byte', async () => {
  const file = cifarFile([
    [19, 77],
    [2, 99],
  ]);
  const { labels } = await read({ 'train.bin': file }, { labelBytes: 2, classes: 100 });
  expect([...labels]).toEqual([77, 99]);
});

test.each([
  ['truncated', cifarFile([[3]]).subarray(0, 3000), /expected 6,146 bytes .* found 3,000; it is truncated/],
  ['longer', cifarFile([[3], [4], [5]]), /expected 6,146 bytes .* found 9,219; it is another file/],
  ['with a label out of range', cifarFile([[3], [17]]), /label 17 at record 1, expected 0 to 9/],
])('refuses a file that is %s, naming it', async (_, bytes, message) => {
  const failure = read({ 'good.bin': cifarFile([[1], [2]]), 'bad.bin': bytes });
  await expect(failure).rejects.toThrow(InputError);
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.toThrow(/bad\.bin/);
});

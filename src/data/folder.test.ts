import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { type FolderOptions, readFolder } from './folder.ts';
import { loadDataset } from './load.ts';
import { withDirectory, writeFiles } from './testing/fixtures.ts';

interface Picture {
  readonly color?: { readonly r: number; readonly g: number; readonly b: number };
  readonly size?: readonly [number, number];
}

const RED = { r: 250, g: 20, b: 30 };

function image({ color = RED, size: [height, width] = [4, 6] }: Picture = {}) {
  return sharp({ create: { width, height, channels: 3, background: color } });
}

const png = (picture?: Picture): Promise<Buffer> => image(picture).png().toBuffer();
const jpeg = (picture?: Picture): Promise<Buffer> => image(picture).jpeg().toBuffer();
const gray = (value: number): Promise<Buffer> =>
  image({ color: { r: value, g: value, b: value } })
    .toColourspace('b-w')
    .png()
    .toBuffer();

async function inFolder<T>(files: Record<string, Buffer>, use: (root: string) => Promise<T>): Promise<T> {
  return withDirectory(async (directory) => {
    await writeFiles(directory, files);
    return use(directory);
  });
}

async function refusal(files: Record<string, Buffer>, options: FolderOptions = {}): Promise<Error> {
  const failure = inFolder(files, (root) => readFolder(root, 'train', options));
  await expect(failure).rejects.toThrow(InputError);
  return failure.then(
    () => new Error('it was accepted'),
    (error: Error) => error,
  );
}

test('reads train and test by class, as planes, with the classes in order of name', async () => {
  const files = {
    'train/cat/1.png': await png(),
    'train/ape/1.png': await png({ color: { r: 1, g: 2, b: 3 } }),
    'train/ape/note.txt': Buffer.from('not an image'),
    'test/cat/1.jpg': await jpeg(),
  };
  await inFolder(files, async (root) => {
    const train = await readFolder(root, 'train');
    expect(train).toMatchObject({ classes: ['ape', 'cat'], count: 2, channels: 3, height: 4, width: 6 });
    expect([...train.labels]).toEqual([0, 1]);
    // Of each image the first pixel of every plane of 24.
    expect([0, 24, 48].map((i) => train.images[i])).toEqual([1, 2, 3]);
    expect([72, 96, 120].map((i) => train.images[i])).toEqual([250, 20, 30]);
    const testing = await loadDataset(`folder:${root}`, 'test');
    expect(testing).toMatchObject({
      count: 1,
      classes: ['ape', 'cat'],
      augmentation: { padding: 4, flip: true },
    });
    expect([...testing.labels]).toEqual([1]);
    expect(Math.abs(testing.images[0] - 250)).toBeLessThan(6);
  });
});

test('carves a test split by seed where there is none: by class, disjoint, together everything', async () => {
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < 10; i++) {
    files[`ape/${i}.png`] = await png({ color: { r: i, g: 0, b: 0 } });
    files[`cat/${i}.png`] = await png({ color: { r: 100 + i, g: 0, b: 0 } });
  }
  await inFolder(files, async (root) => {
    const values = async (split: 'train' | 'test', splitSeed = 0): Promise<number[]> => {
      const { images, count } = await readFolder(root, split, { splitSeed });
      return Array.from({ length: count }, (_, i) => images[i * 72]);
    };
    const train = await values('train');
    const testing = await values('test');
    expect(testing.filter((value) => value < 100)).toHaveLength(2);
    expect(testing.filter((value) => value >= 100)).toHaveLength(2);
    expect([...train, ...testing].sort((a, b) => a - b)).toEqual(
      [0, 100].flatMap((base) => Array.from({ length: 10 }, (_, i) => base + i)),
    );
    expect(await values('test')).toEqual(testing);
    expect(await values('test', 5)).not.toEqual(testing);
  });
});

test('is gray when every image is gray, and what is asked for otherwise', async () => {
  const files = {
    'train/a/1.png': await gray(9),
    'train/b/1.png': await gray(200),
    'test/a/1.png': await gray(0),
  };
  await inFolder(files, async (root) => {
    const one = await readFolder(root, 'train');
    expect(one).toMatchObject({ channels: 1 });
    expect([one.images[0], one.images[24]]).toEqual([9, 200]);
    const three = await readFolder(root, 'train', { channels: 3 });
    expect([0, 24, 48].map((i) => three.images[i])).toEqual([9, 9, 9]);
  });
});

test('resizes to the size asked for', async () => {
  const files = {
    'train/a/1.png': await png(),
    'train/b/1.png': await png({ size: [9, 5] }),
    'test/a/1.png': await png(),
  };
  await inFolder(files, async (root) => {
    const folder = await readFolder(root, 'train', { size: { height: 8, width: 8 } });
    expect(folder).toMatchObject({ count: 2, height: 8, width: 8 });
    expect(folder.images).toHaveLength(2 * 3 * 64);
  });
});

test('the checksum is of names and bytes', async () => {
  const checksum = (files: Record<string, Buffer>): Promise<string> =>
    inFolder(files, async (root) => (await readFolder(root, 'train')).checksum);
  const base = { 'train/a/1.png': await png(), 'train/b/1.png': await png(), 'test/a/1.png': await png() };
  const first = await checksum(base);
  expect(await checksum(base)).toBe(first);
  expect(await checksum({ ...base, 'train/b/1.png': await jpeg() })).not.toBe(first);
});

test('refuses images of several sizes, a broken image, and folders of another form', async () => {
  const good = await png();
  const two = { 'train/a/1.png': good, 'test/a/1.png': good };
  const cases: readonly [Record<string, Buffer>, RegExp][] = [
    [
      { ...two, 'train/b/2.png': await png({ size: [5, 6] }) },
      /b.2\.png has 5 x 6 pixels .*expected 4 x 6 as .*a.1\.png/,
    ],
    [{ ...two, 'train/b/2.png': good.subarray(0, 60) }, /b.2\.png: not a whole PNG or JPEG image/],
    [{ ...two, 'train/b/2.jpg': Buffer.from('hello') }, /b.2\.jpg: not a whole PNG or JPEG image/],
    [two, /expected a folder for each class.*found one, a/],
    [{ 'train/a/1.png': good, 'train/b/1.png': good }, /has train\/ but no test\//],
    [{ ...two, 'train/b/1.png': good, 'test/c/1.png': good }, /c: there is no such class in/],
    [{ 'a/x.txt': good, 'b/x.txt': good }, /the train split holds no images/],
    [{ 'x.png': good }, /expected a folder for each class.*found no folder/],
  ];
  for (const [files, message] of cases) expect((await refusal(files)).message).toMatch(message);
});

test('refuses a missing folder and a test fraction that is none', async () => {
  await expect(readFolder(join('no', 'such'), 'train')).rejects.toThrow(/there is no directory/);
  const files = { 'a/1.png': await png(), 'b/1.png': await png() };
  expect((await refusal(files, { testFraction: 1 })).message).toMatch(
    /test fraction 1: expected a number between/,
  );
});

describe('one shape for both splits', () => {
  const folder = async (train: Promise<Buffer>, testing: Promise<Buffer>) => ({
    'train/ape/1.png': await train,
    'train/cat/1.png': await train,
    'test/ape/1.png': await testing,
    'test/cat/1.png': await testing,
  });
  const sixteenBits = () =>
    image({ color: { r: 9, g: 9, b: 9 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();

  test.each([
    ['colour and gray', png, () => gray(7), 3],
    ['gray and colour', () => gray(7), png, 3],
    ['colour and 16 bits of gray', png, sixteenBits, 3],
    ['16 bits and 8 bits of gray', sixteenBits, () => gray(7), 1],
  ] as const)('%s', async (_, train, testing, channels) => {
    await inFolder(await folder(train(), testing()), async (root) => {
      for (const split of ['train', 'test'] as const)
        expect(await readFolder(root, split)).toMatchObject({ channels, height: 4, width: 6 });
    });
  });

  test('a test image of another size is refused before training', async () => {
    const files = { ...(await folder(png(), png())), 'test/cat/2.png': await png({ size: [6, 4] }) };
    const { message } = await refusal(files);
    expect(message).toMatch(/test\/cat\/2.png has 6 x 4 pixels .*expected 4 x 6 as .*train\/ape\/1.png has/);
    await inFolder(files, async (root) => {
      const size = { height: 4, width: 4 };
      expect(await readFolder(root, 'test', { size })).toMatchObject({ count: 3, height: 4, width: 4 });
    });
  });
});

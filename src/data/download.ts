/**
 * Fetching one file over HTTP to its checked, final place: it appears under its name whole and verified, or not at all.
 * Which files a data set needs, and unpacking, are in get.ts.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, type Problem, RunError } from '../errors.ts';
import { grouped, reason } from './content.ts';
import type { Download } from './sources.ts';

export interface DownloadProgress {
  readonly file: string;
  readonly received: number;
  /** Absent when the server does not say. */
  readonly total?: number;
}

export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly signal?: AbortSignal;
  /** Give up when nothing arrives for this long. */
  readonly stallMilliseconds?: number;
}

/**
 * Downloads to `directory`, which is made when missing, trying each home in turn, and returns the file's path.
 *
 * @throws RunError when no home gave the file whole and with the right digest, with what each did.
 * @throws InputError when the directory cannot be written.
 */
export async function downloadFile(
  download: Download,
  directory: string,
  options: DownloadOptions = {},
): Promise<string> {
  const path = join(directory, download.file);
  const partial = join(directory, `.${download.file}.${process.pid}.partial`);
  try {
    await mkdir(directory, { recursive: true });
    await (await open(partial, 'w')).close();
  } catch (error) {
    throw new InputError(`cannot write to ${directory}: ${reason(error)}`);
  }
  const problems: Problem[] = [];
  try {
    for (const home of download.homes) {
      const url = `${home}/${download.file}`;
      try {
        await fetchTo(url, partial, download, options);
        await rename(partial, path);
        return path;
      } catch (error) {
        if (options.signal?.aborted) throw error;
        problems.push({ where: url, what: failure(error) });
      }
    }
  } finally {
    await rm(partial, { force: true });
  }
  const lines = problems.map(({ where, what }) => `  ${where}: ${what}`);
  throw new RunError([`could not download ${download.file}:`, ...lines].join('\n'));
}

async function fetchTo(
  url: string,
  path: string,
  download: Download,
  options: DownloadOptions,
): Promise<void> {
  const { algorithm, hex } = download.digest;
  const stall = new AbortController();
  const limit = options.stallMilliseconds ?? 30_000;
  const timer = setTimeout(() => stall.abort(new Error(`nothing arrived for ${limit / 1000} s`)), limit);
  const file = await open(path, 'w');
  try {
    const response = await fetch(url, {
      // The digest is of the packed bytes: no unpacking on the way.
      headers: { 'accept-encoding': 'identity' },
      signal: options.signal ? AbortSignal.any([options.signal, stall.signal]) : stall.signal,
    });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isInteger(length) ? { total: length } : {};
    const hash = createHash(algorithm);
    let received = 0;
    for await (const chunk of response.body) {
      timer.refresh();
      hash.update(chunk);
      await file.writeFile(chunk);
      received += chunk.length;
      options.onProgress?.({ file: download.file, received, ...total });
    }
    const found = hash.digest('hex');
    if (found !== hex) {
      throw new Error(`wrong ${algorithm}: expected ${hex}, found ${found} (${grouped(received)} bytes)`);
    }
    await file.sync();
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

/** fetch reports 'fetch failed' or 'terminated' and keeps what happened in `cause`. */
function failure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message === 'terminated') return 'the connection ended before the whole file had arrived';
  const { cause } = error;
  return cause instanceof Error ? `${error.message} (${cause.message || String(cause)})` : error.message;
}

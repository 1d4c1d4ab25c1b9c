/**
 * Bringing a known data set onto this machine from its official home, and telling how to do so by hand. A set that is found is left
 * alone; a file appears under its name whole and verified, or not at all.
 */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import { InputError, type Problem, RunError } from '../errors.ts';
import { grouped, kindOf, reason } from './content.ts';
import { cacheDirectory, type DataOptions, type Location, locate, named, namedDirectory } from './locate.ts';
import type { Download, Source } from './sources.ts';

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

export interface GetOptions extends DataOptions, DownloadOptions {}

/**
 * Finds or downloads a data set by name.
 *
 * @throws InputError for an unknown name, or for data of the user's own.
 */
export async function getDataset(name: string, options: GetOptions = {}): Promise<Location> {
  const meant = named(name);
  if (meant.kind === 'known') return getSource(meant.source, options);
  throw new InputError(`'${name}' is data of your own: there is nothing to download`);
}

/**
 * Finds the source's files, or downloads it to the named directory (made when missing), else to the cache.
 *
 * @throws RunError when the download fails; its message ends with how to get the set by hand.
 */
export async function getSource(source: Source, options: GetOptions = {}): Promise<Location> {
  const base = namedDirectory(options)?.directory ?? cacheDirectory(options);
  try {
    await mkdir(base, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot make the directory ${base}: ${reason(error)}`);
  }
  const found = await locate(source, options);
  if (found && source.files.every(({ name }) => found.paths.has(name))) return found;
  const target = join(base, source.directories[0]);
  try {
    for (const download of source.downloads) {
      if (download.kind === 'archive') {
        await unpack(await downloadFile(download, base, options), target, source);
      } else if ((await kindOf(join(target, download.file))) === 'missing') {
        await downloadFile(download, target, options);
      }
    }
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    throw new RunError(`${error.message}\n${howToGet(source, options)}`);
  }
  const location = await locate(source, options);
  if (!location)
    throw new RunError(`${source.displayName} was downloaded to ${target}, but is not found there`);
  return location;
}

/** Moves the archive's wanted members to `target` and removes the archive. */
async function unpack(archive: string, target: string, source: Source): Promise<void> {
  await mkdir(target, { recursive: true });
  const scratch = await mkdtemp(join(target, '.unpacking-'));
  try {
    await extract({ file: archive, cwd: scratch, strip: 1 });
    const members = await readdir(scratch);
    for (const { name } of source.files) {
      if (!members.includes(name)) throw new RunError(`${archive} does not contain ${name}`);
      await rename(join(scratch, name), join(target, name));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  await rm(archive, { force: true });
}

/** What a user without the data set, or without a network, can do. */
export function howToGet(source: Source, options: DataOptions = {}): string {
  const base = namedDirectory(options)?.directory ?? cacheDirectory(options);
  const target = join(base, source.directories[0]);
  const installs = source.packages.flatMap(({ install, title }) =>
    install ? [`  ${install}   (${title})`] : [],
  );
  const byHand = source.downloads.map(
    ({ file, homes, digest }) => `  ${homes[0]}/${file}   (${digest.algorithm} ${digest.hex})`,
  );
  const archive = source.downloads.some(({ kind }) => kind === 'archive');
  return [
    `To get ${source.displayName}:`,
    `  dualbn data get ${source.name}`,
    ...installs,
    'or by hand, fetch',
    ...byHand,
    archive
      ? `and unpack it so that ${join(target, source.files[0].name)} exists,`
      : `and put ${byHand.length === 1 ? 'it' : 'them'} into ${target},`,
    `or name the directory that holds ${source.directories[0]} with --data or DUALBN_DATA.`,
  ].join('\n');
}

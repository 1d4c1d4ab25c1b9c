/**
 * Bringing a known data set onto this machine from its official home, and telling how to do so by hand. A set that is
 * already found is left alone.
 */
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { extract } from 'tar';
import { InputError, RunError } from '../errors.ts';
import { kindOf, reason } from './content.ts';
import { type DownloadOptions, downloadFile } from './download.ts';
import { cacheDirectory, type DataOptions, type Location, locate, namedDirectory } from './locate.ts';
import { named } from './named.ts';
import type { Source } from './sources.ts';

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

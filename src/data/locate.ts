/**
 * What a data set's name means, and where the files of a known one are: an explicit directory, else DUALBN_DATA, then packages that
 * bring the set, then the user's cache. Nothing is downloaded here, and a found file is not yet known to be sound.
 */

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { didYouMean } from '../suggestions.ts';
import { kindOf, sha256 } from './content.ts';
import { type Augmentation, type Dataset, NO_AUGMENTATION, type Split } from './dataset.ts';
import { type FolderOptions, readFolder } from './folder.ts';
import { readIdxDirectory } from './idx.ts';
import { SOURCES, type Source } from './sources.ts';

export interface DataOptions {
  /** The directory given with --data. */
  readonly directory?: string;
  /** Defaults to process.env; DUALBN_DATA and XDG_CACHE_HOME are read. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Location {
  readonly directory: string;
  /** What led there, in words. */
  readonly through: string;
  /** Path of each file that is there, by the name it has in the source's row. */
  readonly paths: ReadonlyMap<string, string>;
}

/** The directory downloads go to unless --data or DUALBN_DATA names one. */
export function cacheDirectory(options: DataOptions = {}): string {
  const environment = options.environment ?? process.env;
  return join(environment.XDG_CACHE_HOME || join(environment.HOME || homedir(), '.cache'), 'dualbn', 'data');
}

/** The directory the user named, with how. */
export function namedDirectory(options: DataOptions): { directory: string; through: string } | undefined {
  const environment = options.environment ?? process.env;
  if (options.directory) return { directory: resolve(options.directory), through: '--data' };
  if (environment.DUALBN_DATA) return { directory: resolve(environment.DUALBN_DATA), through: 'DUALBN_DATA' };
  return undefined;
}

/** How a set in the user's cache was found. */
export const CACHE = 'the cache';

/**
 * Where the source's files are: the first candidate directory that has any of them, or undefined. The search does not go
 * on past a directory with gaps: training images of one copy and test images of another would be worse than an error.
 *
 * @throws InputError when the directory the user named does not exist.
 */
export async function locate(source: Source, options: DataOptions = {}): Promise<Location | undefined> {
  for (const { directory, through } of await candidates(source, options)) {
    const paths = await filesIn(directory, source);
    if (paths.size > 0 && !(await isAnotherSet(paths, source))) return { directory, through, paths };
  }
  return undefined;
}

interface Candidate {
  readonly directory: string;
  readonly through: string;
}

async function candidates(source: Source, options: DataOptions): Promise<readonly Candidate[]> {
  const named = namedDirectory(options);
  if (named && (await kindOf(named.directory)) !== 'directory') {
    throw new InputError(`${named.through}: there is no directory ${named.directory}`);
  }
  const below = ({ directory, through }: Candidate): readonly Candidate[] => [
    { directory, through },
    ...source.directories.flatMap((name) => [
      { directory: join(directory, name), through },
      // An archive unpacked into a folder of the set's name: cifar10/cifar-10-batches-py.
      ...source.directories.map((inner) => ({ directory: join(directory, name, inner), through })),
    ]),
  ];
  return [
    ...(named ? below(named) : []),
    ...source.packages.flatMap(({ title, directory }) => {
      const path = directory();
      return path ? [{ directory: path, through: title }] : [];
    }),
    ...below({ directory: cacheDirectory(options), through: CACHE }),
  ];
}

async function filesIn(directory: string, source: Source): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  for (const { name } of source.files) {
    for (const spelling of source.spellings(name)) {
      const path = join(directory, spelling);
      if ((await kindOf(path)) !== 'file') continue;
      paths.set(name, path);
      break;
    }
  }
  return paths;
}

/** MNIST and Fashion-MNIST share their files' names: a directory whose labels are another set's is that set's. */
async function isAnotherSet(paths: ReadonlyMap<string, string>, source: Source): Promise<boolean> {
  const labels = source.files.find(({ name }) => name.includes('labels') && paths.has(name));
  const path = labels && paths.get(labels.name);
  if (!labels || !path) return false;
  const others = SOURCES.filter(({ name }) => name !== source.name).flatMap(({ files }) => files);
  try {
    const digest = sha256(await source.content(path));
    return digest !== labels.sha256 && others.some((other) => other.sha256 === digest);
  } catch {
    // Unreadable: reading it in earnest will say so.
    return false;
  }
}

type OwnContents = Omit<Dataset, 'name' | 'displayName' | 'split' | 'directory' | 'augmentation'>;

interface OwnKind {
  readonly read: (directory: string, split: Split, options: FolderOptions) => Promise<OwnContents>;
  readonly augmentation: Augmentation;
}

/** The user's own data, by the prefix of the name. */
const OWN: Readonly<Record<string, OwnKind>> = {
  idx: { read: readIdxDirectory, augmentation: NO_AUGMENTATION },
  folder: { read: readFolder, augmentation: { padding: 4, flip: true } },
};

export type Named =
  | { readonly kind: 'known'; readonly source: Source }
  | { readonly kind: 'own'; readonly own: OwnKind; readonly directory: string };

/** @throws InputError for an unknown name, with those known. */
export function named(name: string): Named {
  const source = SOURCES.find((row) => row.name === name);
  if (source) return { kind: 'known', source };
  const colon = name.indexOf(':');
  const own = OWN[name.slice(0, Math.max(0, colon))];
  if (own && colon < name.length - 1) return { kind: 'own', own, directory: resolve(name.slice(colon + 1)) };
  const known = [...SOURCES.map((row) => row.name), ...Object.keys(OWN).map((kind) => `${kind}:DIRECTORY`)];
  throw new InputError(
    `there is no data set '${name}': expected one of ${known.join(', ')}${didYouMean(name, known)}`,
  );
}

/** What `dualbn data list` and `dualbn data check` tell: which data sets are here, and whether their files are sound. */
import { stat } from 'node:fs/promises';
import { sha256 } from './content.ts';
import type { Split } from './dataset.ts';
import { howToGet } from './download.ts';
import { type LoadOptions, loadDataset, loadSource, pathsOf } from './load.ts';
import { type DataOptions, locate, named } from './locate.ts';
import { SOURCES, type Source } from './sources.ts';

export interface DatasetListing {
  readonly name: string;
  readonly displayName: string;
  /** Every file is there. Whether they are sound, only a check tells. */
  readonly found: boolean;
  /** Absent when no file of it is there. */
  readonly where?: { readonly directory: string; readonly through: string; readonly bytes: number };
  /** Names of the files that are not there. */
  readonly missing: readonly string[];
  readonly howToGet: string;
}

/** A row for each known data set. Reads no image. */
export async function listDatasets(options: DataOptions = {}): Promise<DatasetListing[]> {
  return Promise.all(SOURCES.map((source) => listing(source, options)));
}

async function listing(source: Source, options: DataOptions): Promise<DatasetListing> {
  const location = await locate(source, options);
  const missing = source.files.flatMap(({ name }) => (location?.paths.has(name) ? [] : [name]));
  const common = {
    name: source.name,
    displayName: source.displayName,
    found: missing.length === 0,
    missing,
    howToGet: howToGet(source, options),
  };
  if (!location) return common;
  const sizes = await Promise.all([...location.paths.values()].map(async (path) => (await stat(path)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { ...common, where: { directory: location.directory, through: location.through, bytes } };
}

export interface FileCheck {
  readonly path: string;
  readonly sha256: string;
  readonly official: boolean;
}

export interface DatasetCheck {
  readonly name: string;
  readonly directory: string;
  /** 'official': every file has its published bytes. 'other copy': the layout is right, the bytes are others. */
  readonly copy: 'official' | 'other copy' | 'own data';
  readonly splits: readonly { readonly split: Split; readonly count: number; readonly checksum: string }[];
  /** Empty for the user's own data. */
  readonly files: readonly FileCheck[];
}

const SPLITS: readonly Split[] = ['train', 'test'];

/**
 * Reads every file of a data set again. Nothing is downloaded.
 *
 * @throws InputError, as loading does, when a file is missing, truncated, altered in layout, or foreign.
 */
export async function checkDataset(name: string, options: LoadOptions = {}): Promise<DatasetCheck> {
  const meant = named(name);
  if (meant.kind === 'known') return checkSource(meant.source, options);
  const { splits } = await checkSplits((split) => loadDataset(name, split, options));
  return { name, directory: meant.directory, copy: 'own data', splits, files: [] };
}

/** The same for a row of the table, or one like it. */
export async function checkSource(source: Source, options: LoadOptions = {}): Promise<DatasetCheck> {
  const loadOptions = { ...options, download: false };
  const { splits, directory } = await checkSplits((split) => loadSource(source, split, loadOptions));
  const location = await locate(source, options);
  const files: FileCheck[] = [];
  for (const split of location ? SPLITS : []) {
    const expected = source.files.filter((file) => file.split === split);
    const paths = location ? pathsOf(source, split, location) : [];
    for (const [i, path] of paths.entries()) {
      const digest = sha256(await source.content(path));
      files.push({ path, sha256: digest, official: digest === expected[i].sha256 });
    }
  }
  const copy = files.every(({ official }) => official) ? 'official' : 'other copy';
  return { name: source.name, directory, copy, splits, files };
}

async function checkSplits(
  load: (split: Split) => ReturnType<typeof loadDataset>,
): Promise<Pick<DatasetCheck, 'splits' | 'directory'>> {
  const splits: { split: Split; count: number; checksum: string }[] = [];
  let directory = '';
  for (const split of SPLITS) {
    const dataset = await load(split);
    directory = dataset.directory;
    splits.push({ split, count: dataset.count, checksum: dataset.checksum });
  }
  return { splits, directory };
}

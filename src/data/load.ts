/** Loading a data set by name. What names mean is in locate.ts, the layouts in cifar.ts, idx.ts and folder.ts. */
import { InputError, RunError } from '../errors.ts';
import type { Dataset, Split } from './dataset.ts';
import { type GetOptions, getSource, howToGet } from './download.ts';
import type { FolderOptions } from './folder.ts';
import { CACHE, type Location, locate, named } from './locate.ts';
import type { Source } from './sources.ts';

export interface LoadOptions extends GetOptions, FolderOptions {
  /** Whether a missing set is downloaded (default false). */
  readonly download?: boolean;
}

/**
 * Loads one split whole into memory.
 *
 * @throws InputError when the set is not there (and, if a download is asked for, cannot be had), or a file of it is missing, truncated, altered
 *   or foreign; the message names the file, what was expected and what was found.
 */
export async function loadDataset(name: string, split: Split, options: LoadOptions = {}): Promise<Dataset> {
  const meant = named(name);
  if (meant.kind === 'known') return loadSource(meant.source, split, options);
  const { own, directory } = meant;
  const contents = await own.read(directory, split, options);
  return { name, displayName: name, split, directory, augmentation: own.augmentation, ...contents };
}

/** The same for a row of the table, or one like it. */
export async function loadSource(source: Source, split: Split, options: LoadOptions = {}): Promise<Dataset> {
  const found = await locate(source, options);
  // A download that was cut leaves whole files in the cache: go on with it. Elsewhere a gap is the user's to know of.
  const unfinished = found?.through === CACHE && found.paths.size < source.files.length;
  const location = found && !unfinished ? found : await obtain(source, options);
  const contents = await source.read(pathsOf(source, split, location), split);
  const { name, displayName, classes, channels, height, width, augmentation } = source;
  const { directory } = location;
  return { name, displayName, split, classes, channels, height, width, augmentation, directory, ...contents };
}

/** The paths of a split's files, in the row's order. @throws InputError naming the first that is missing. */
export function pathsOf(source: Source, split: Split, location: Location): string[] {
  return source.files
    .filter((file) => file.split === split)
    .map(({ name }) => {
      const path = location.paths.get(name);
      if (path) return path;
      throw new InputError(
        `${location.directory}: ${source.displayName} is incomplete, ${name} is missing\n${howToGet(source)}`,
      );
    });
}

async function obtain(source: Source, options: LoadOptions): Promise<Location> {
  if (options.download) {
    try {
      return await getSource(source, options);
    } catch (error) {
      // Data that is missing is an error of the input, whatever became of the download.
      if (error instanceof RunError)
        throw new InputError(`${source.displayName} was not found, and ${error.message}`);
      throw error;
    }
  }
  throw new InputError(`${source.displayName} was not found\n${howToGet(source, options)}`);
}

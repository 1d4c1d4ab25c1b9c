/** Which copy of its data set a run learned from, in honest words: a result on another copy is not one on the official. */
import { checkDataset, type DataOptions, type DatasetCheck } from '../data/index.ts';
import { InputError } from '../errors.ts';
import type { Run } from '../runs/index.ts';

export interface DatasetCopy {
  readonly name: string;
  /** 'cifar-10 (other copy than the official one)' */
  readonly text: string;
}

/**
 * Tells the copy of run after run. The files are read again and compared with the checksum that the run noted; each data
 * set once. Without the files, the words say that it is not known.
 */
export function datasetCopies(options: DataOptions): (run: Run) => Promise<DatasetCopy> {
  const checks = new Map<string, Promise<DatasetCheck | undefined>>();
  return async ({ configuration: { data }, environment }) => {
    const name = data.dataset;
    if (environment.data.inMemory === true) return { name, text: `${name} (from memory)` };
    if (name.includes(':')) return { name, text: name };
    const directory = options.directory ?? data.directory;
    const key = JSON.stringify([name, directory]);
    const check =
      checks.get(key) ?? checked(name, directory === undefined ? options : { ...options, directory });
    checks.set(key, check);
    return { name, text: `${name} (${describe(await check, environment.data.checksum)})` };
  };
}

async function checked(name: string, options: DataOptions): Promise<DatasetCheck | undefined> {
  try {
    return await checkDataset(name, { ...options, download: false });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function describe(check: DatasetCheck | undefined, checksum: unknown): string {
  if (!check) return 'the files are not here, so which copy it was is not known';
  const same = check.splits.some((split) => split.split === 'train' && split.checksum === checksum);
  if (!same) return 'not the copy that is here';
  return check.copy === 'official' ? 'official copy' : 'other copy than the official one';
}

/** What the name of a data set means: a row of the table, or `idx:DIR` or `folder:DIR` for data of the user's own. */
import { resolve } from 'node:path';
import { InputError } from '../errors.ts';
import { type Augmentation, type Dataset, NO_AUGMENTATION, type Split } from './dataset.ts';
import { type FolderOptions, readFolder } from './folder.ts';
import { readIdxDirectory } from './idx-directory.ts';
import { SOURCES, type Source } from './sources.ts';

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
  throw new InputError(`there is no data set '${name}': expected one of ${known.join(', ')}`);
}

/**
 * Reading files that this program wrote, in folders that may come from anywhere: regular files of a bounded size.
 *
 * A symbolic link could lead out of the folder, a FIFO never ends, a device has no end. None of them is opened. Files that
 * a user names, such as a configuration, may be links: they are not read here.
 */

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { InputError } from '../errors.ts';
import { fileError } from './file-error.ts';

/** Far above any document that this program writes. */
export const maxDocumentBytes = 256 * 2 ** 20;

/** What `path` itself is, links not followed; undefined where nothing is there. */
export function kindOf(path: string): 'file' | 'folder' | 'link' | 'other' | undefined {
  const found: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isSymbolicLink()) return 'link';
  if (found.isFile()) return 'file';
  return found.isDirectory() ? 'folder' : 'other';
}

const DESCRIPTIONS = {
  folder: 'it is a folder, not a file',
  link: 'it is a symbolic link, which is not followed',
  other: 'it is not a regular file',
};

/** @throws InputError if something other than a regular file is at `path`. Nothing there is fine. */
export function refuseIrregular(path: string): void {
  let kind: ReturnType<typeof kindOf>;
  try {
    kind = kindOf(path);
  } catch (error) {
    throw fileError('read', path, error);
  }
  if (kind !== undefined && kind !== 'file')
    throw new InputError(`cannot read ${path}: ${DESCRIPTIONS[kind]}`, [], { code: 'damaged' });
}

/**
 * The text of a regular file.
 *
 * @throws InputError if it is missing, no regular file, or larger than `maxBytes`.
 */
export function readRegularFile(path: string, maxBytes = maxDocumentBytes): string {
  refuseIrregular(path);
  // Should a link or FIFO have been put there since: not followed (where the system can), not waited for.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile())
      throw new InputError(`cannot read ${path}: ${DESCRIPTIONS.other}`, [], { code: 'damaged' });
    if (status.size > maxBytes)
      throw new InputError(`${path} is damaged: it has ${status.size} bytes, the limit is ${maxBytes}`, [], {
        code: 'damaged',
      });
    const bytes = Buffer.alloc(status.size);
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, done);
      if (read === 0) break;
      done += read;
    }
    return bytes.toString('utf8', 0, done);
  } catch (error) {
    throw fileError('read', path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

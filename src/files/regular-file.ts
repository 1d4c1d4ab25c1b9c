/**
 * Reading files that this program wrote, in folders that may come from anywhere: regular files of a bounded size.
 *
 * A symbolic link could lead out of the folder, a FIFO never ends, a device has no end. None of them is opened. Files that
 * a user names, such as a configuration, may be links: they are not read here.
 * What the operating system says of a file in any of these is told by fileError.
 */

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type ErrorCode, InputError, RunError } from '../errors.ts';

// What the operating system said about a file, in words: an InputError, or a RunError where the machine failed.
//
// Not a logger and not a retry: one function that turns ENOENT and its family into the project's two kinds of error.
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is there already',
  ELOOP: 'its links lead in a circle',
  EISDIR: 'it is a folder, not a file',
  ENAMETOOLONG: 'the name is too long',
  EINVAL: 'the name is not valid here',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the device reported an input/output error',
  EMFILE: 'too many open files',
};

// Faults of the machine at that moment, not of what the user typed.
const WHILE_RUNNING: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE']);

const CODES: Readonly<Record<string, ErrorCode>> = { ENOENT: 'not-found', EEXIST: 'taken' };

/** The code of a system error (`ENOENT`), or undefined for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Turns a system error into an InputError or RunError that names the path, and returns anything else unchanged.
 *
 * `doing` completes the sentence "cannot ... PATH", e.g. `read` or `write the checkpoint`.
 */
export function fileError(doing: string, path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !Object.hasOwn(REASONS, code)) return error;
  const message = `cannot ${doing} ${path}: ${REASONS[code]}`;
  if (WHILE_RUNNING.has(code)) return new RunError(message, { cause: error });
  return new InputError(message, [], { code: CODES[code] ?? 'invalid-input', cause: error });
}

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

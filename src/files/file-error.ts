/**
 * What the operating system said about a file, in words: an InputError, or a RunError where the machine failed.
 *
 * Not a logger and not a retry: one function that turns ENOENT and its family into the project's two kinds of error.
 */

import { type ErrorCode, InputError, RunError } from '../errors.ts';

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

/**
 * Reading the files of a data set, gzipped or not, with errors that name the file and say what was expected and found.
 * What the bytes mean is for the readers (cifar.ts, idx.ts, folder.ts).
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InputError } from '../errors.ts';

const unpack = promisify(gunzip);

/** The contents of one split as a reader gives them. */
export interface Contents {
  readonly count: number;
  /** [count, channels, height, width] */
  readonly images: Uint8Array;
  /** [count] */
  readonly labels: Uint16Array;
  /** sha256 over the bytes of the files, in order. */
  readonly checksum: string;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory, expected a file',
};

/** The bytes of a file; one whose name ends in .gz is unpacked. */
export async function readContent(path: string): Promise<Buffer> {
  let packed: Buffer;
  try {
    packed = await readFile(path);
  } catch (error) {
    throw new InputError(`cannot read ${path}: ${reason(error)}`);
  }
  if (!path.endsWith('.gz')) return packed;
  try {
    return await unpack(packed);
  } catch (error) {
    throw new InputError(
      `${path} is not a whole gzip file (${error instanceof Error ? error.message : error}): ` +
        'it is truncated or altered; remove it and get it again',
    );
  }
}

/** Why a file operation failed, in words. */
export function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}

/** Throws unless `bytes` has the expected length; `layout` says where the number comes from. */
export function expectSize(path: string, bytes: Uint8Array, expected: number, layout: string): void {
  if (bytes.length === expected) return;
  throw new InputError(
    `${path}: expected ${grouped(expected)} bytes (${layout}), found ${grouped(bytes.length)}; ` +
      `it is ${bytes.length < expected ? 'truncated' : 'another file'} - get it again`,
  );
}

/** Throws unless every label is below `classes`. */
export function expectLabels(
  path: string,
  labels: Uint8Array | Uint16Array,
  classes: number,
  first = 0,
): void {
  const record = labels.findIndex((label) => label >= classes);
  if (record === -1) return;
  throw new InputError(
    `${path}: label ${labels[record]} at record ${first + record}, expected 0 to ${classes - 1}; ` +
      'the file is altered or of another data set',
  );
}

/** 30730000 as '30,730,000'. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** sha256 in hexadecimal. */
export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** Whether a path is there, and as what. */
export async function kindOf(path: string): Promise<'file' | 'directory' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'file';
  } catch {
    return 'missing';
  }
}

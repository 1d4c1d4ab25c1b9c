/**
 * Writing a file so that a reader, a crash or a power cut sees the old content or the new, never a part.
 *
 * The content goes to a temporary name in the same folder (a rename across file systems is a copy), is synced, and is
 * renamed over the target. Not for append-only files: see metrics.ts.
 */

import { existsSync } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readableJson } from './json.ts';
import { fileError, systemErrorCode } from './regular-file.ts';

export type Content = string | Uint8Array | Iterable<Uint8Array>;

/** Names in a folder that begin with a point and end so are writes that are not finished. */
export const unfinishedSuffix = '.partial';
let written = 0;

/**
 * Replaces `path` by `content` in one step. On failure the target is untouched and the temporary file is gone.
 *
 * @throws InputError if the folder is missing or cannot be written; RunError if the disk is full or fails.
 */
export async function writeAtomically(path: string, content: Content): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${written++}${unfinishedSuffix}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      for (const chunk of chunksOf(content)) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError('write', path, error);
  }
}

/**
 * Removes what a killed process left of its unfinished writes in `folder`, which need not be there.
 *
 * @param olderThan Where others may be writing: only what is at least so many milliseconds old. A write takes seconds.
 */
export async function removeUnfinishedWrites(folder: string, olderThan = 0): Promise<void> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw fileError('read', folder, error);
  }
  for (const name of names) {
    if (!name.startsWith('.') || !name.endsWith(unfinishedSuffix)) continue;
    const path = join(folder, name);
    try {
      if (olderThan > 0 && Date.now() - (await lstat(path)).mtimeMs < olderThan) continue;
      await rm(path, { recursive: true, force: true });
    } catch (error) {
      // Finished, or removed by another, since it was listed.
      if (systemErrorCode(error) !== 'ENOENT') throw fileError('remove', path, error);
    }
  }
}

function chunksOf(content: Content): Iterable<string | Uint8Array> {
  return typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
}

// The rename itself lives in the folder: without this a power cut may undo it.
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// JSON files of a folder that are never overwritten: STEM.json, STEM-2.json and so on, each number given out once.

/**
 * Writes `document` as `STEM.json` in a folder, or STEM-2.json and so on where that is taken, and says where. Several
 * writers at once get a file each.
 *
 * @throws InputError if the folder cannot be made or written; RunError if the disk is full or fails.
 */
export async function writeNumbered(folder: string, stem: string, document: unknown): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError('write into', folder, error);
  }
  const text = readableJson(document);
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${stem}.json` : `${stem}-${number}.json`;
    const path = join(folder, name);
    if (!existsSync(path) && (await writeExclusively(folder, name, text))) return path;
  }
}

/**
 * Writes a file of a new name, whole or not at all; false where the name is taken.
 *
 * Whoever creates the temporary file, whose name is the same for all writers, holds the name meanwhile: only then is it
 * looked whether the file is there, and only then is it renamed into place. (A hard link would do it in one step, but not
 * every file system has them.)
 */
async function writeExclusively(folder: string, name: string, text: string): Promise<boolean> {
  const path = join(folder, name);
  const reserved = join(folder, `.${name}${unfinishedSuffix}`);
  let isOurs = false;
  try {
    const file = await open(reserved, 'wx');
    isOurs = true;
    try {
      if (existsSync(path)) return false;
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(reserved, path);
    isOurs = false;
    await syncFolder(folder);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw fileError('write', path, error);
  } finally {
    if (isOurs) await rm(reserved, { force: true }).catch(() => undefined);
  }
}

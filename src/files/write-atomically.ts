/**
 * Writing a file so that a reader, a crash or a power cut sees the old content or the new, never a part.
 *
 * The content goes to a temporary name in the same folder (a rename across file systems is a copy), is synced, and is
 * renamed over the target. Not for append-only files: see metrics.ts.
 */

import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError, systemErrorCode } from './file-error.ts';

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

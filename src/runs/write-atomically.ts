/**
 * Writing a file so that a reader, a crash or a power cut sees the old content or the new, never a part.
 *
 * The content goes to a temporary name in the same folder (a rename across file systems is a copy), is synced, and is
 * renamed over the target. Not for append-only files: see metrics.ts.
 */

import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileError } from '../configuration/file-error.ts';

export type Content = string | Uint8Array | Iterable<Uint8Array>;

const SUFFIX = '.partial';
let written = 0;

/**
 * Replaces `path` by `content` in one step. On failure the target is untouched and the temporary file is gone.
 *
 * @throws InputError if the folder is missing or cannot be written; RunError if the disk is full or fails.
 */
export async function writeAtomically(path: string, content: Content): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${written++}${SUFFIX}`);
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

/** Removes what a killed process left of its unfinished writes in `folder`. Call it only while holding the run's lock. */
export async function removeUnfinishedWrites(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.') && name.endsWith(SUFFIX)) await rm(join(folder, name), { force: true });
  }
}

function chunksOf(content: Content): Iterable<string | Uint8Array> {
  return typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
}

// The rename itself lives in the folder: without this a power cut may undo it.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

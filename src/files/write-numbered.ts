/** JSON files of a folder that are never overwritten: STEM.json, STEM-2.json and so on, each number given out once. */

import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, systemErrorCode } from './file-error.ts';
import { readableJson } from './json.ts';
import { syncFolder, unfinishedSuffix } from './write-atomically.ts';

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

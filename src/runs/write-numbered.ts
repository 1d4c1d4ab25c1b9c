/** Documents of a run as JSON files of their own, none of which is ever overwritten. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../configuration/index.ts';
import { writeAtomically } from './write-atomically.ts';

/** Writes `document` as `STEM.json` in a folder, or STEM-2.json and so on where that is taken, and says where. */
export async function writeNumbered(folder: string, stem: string, document: unknown): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError('write into', folder, error);
  }
  let path = join(folder, `${stem}.json`);
  for (let number = 2; existsSync(path); number++) path = join(folder, `${stem}-${number}.json`);
  await writeAtomically(path, `${readable(document)}\n`);
  return path;
}

/** Indented, but for lists of numbers: a line each of thousands of channels nobody reads. */
function readable(document: unknown): string {
  return JSON.stringify(document, null, 2).replaceAll(
    /\[\n\s+([-\d][^[\]{}"]*?)\n\s+\]/g,
    (_, numbers: string) => `[${numbers.replaceAll(/,\n\s+/g, ', ')}]`,
  );
}

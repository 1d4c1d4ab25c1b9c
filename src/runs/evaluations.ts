/** evaluations/: every test of a run as a JSON file of its own. None is ever overwritten. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError } from '../configuration/index.ts';
import type { Run } from './open-run.ts';
import { writeAtomically } from './write-atomically.ts';

/** Writes `evaluation` as `evaluations/STEM.json`, or STEM-2.json and so on where that is taken, and says where. */
export async function writeEvaluation(run: Run, stem: string, evaluation: unknown): Promise<string> {
  const folder = run.paths.evaluations;
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fileError('write into', folder, error);
  }
  let path = join(folder, `${stem}.json`);
  for (let number = 2; existsSync(path); number++) path = join(folder, `${stem}-${number}.json`);
  await writeAtomically(path, `${JSON.stringify(evaluation, null, 2)}\n`);
  return path;
}

/** evaluations/ and analyses/: every test of a run, and every look into it, as a sealed JSON file of its own. */
import { accessSync, constants } from 'node:fs';
import { type DocumentFrame, fileError, kindOf, writeNumbered } from '../files/index.ts';
import type { Run } from './run.ts';

/** Writes `evaluation` as `evaluations/STEM.json`, never over another, and says where. */
export function writeEvaluation(run: Run, stem: string, evaluation: DocumentFrame): Promise<string> {
  return writeNumbered(run.paths.evaluations, stem, evaluation);
}

/** Writes `analysis` as `analyses/STEM.json`, never over another, and says where. */
export function writeAnalysis(run: Run, stem: string, analysis: DocumentFrame): Promise<string> {
  return writeNumbered(run.paths.analyses, stem, analysis);
}

/**
 * To be asked before the work, whose result would be lost.
 *
 * @throws InputError if nothing can be written among a run's evaluations or analyses.
 */
export function refuseUnwritable({ directory, paths }: Run, what: 'evaluations' | 'analyses'): void {
  const folder = kindOf(paths[what]) === undefined ? directory : paths[what];
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw fileError('write into', folder, error);
  }
}

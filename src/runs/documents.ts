/** evaluations/ and analyses/: every test of a run, and every look into it, as a JSON file of its own. */
import { writeNumbered } from '../files/index.ts';
import type { Run } from './run.ts';

/** Writes `evaluation` as `evaluations/STEM.json`, never over another, and says where. */
export function writeEvaluation(run: Run, stem: string, evaluation: unknown): Promise<string> {
  return writeNumbered(run.paths.evaluations, stem, evaluation);
}

/** Writes `analysis` as `analyses/STEM.json`, never over another, and says where. */
export function writeAnalysis(run: Run, stem: string, analysis: unknown): Promise<string> {
  return writeNumbered(run.paths.analyses, stem, analysis);
}

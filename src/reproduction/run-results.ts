/**
 * What a run of a reproduction has left on disk that the plan asks for: for each planned measurement the document that
 * answers it. Documents of other settings, which a user may have added to a run, are passed over; damaged ones are left out.
 * Both are named.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { type AnalysisDocument, analysisDocumentSchema } from '../analysis/index.ts';
import { InputError } from '../errors.ts';
import { type EvaluationDocument, evaluationDocumentSchema } from '../evaluation/index.ts';
import { readJson } from '../files/index.ts';
import { runPaths } from '../runs/index.ts';
import type { Measurement, PlannedRun } from './plan.ts';
import { estimationSources, type Scale } from './scales.ts';

export interface RunResults {
  readonly run: PlannedRun;
  readonly evaluations: readonly EvaluationDocument[];
  readonly analyses: readonly AnalysisDocument[];
  /** Documents that were left out, and why. */
  readonly notes: readonly string[];
}

/** The document of an analysis by its name. */
export type DocumentOf<Name extends AnalysisDocument['analysis']> = Extract<
  AnalysisDocument,
  { readonly analysis: Name }
>;

export const runDirectory = (directory: string, { name }: Pick<PlannedRun, 'name'>) =>
  join(directory, 'runs', name);

export function runResults(directory: string, run: PlannedRun, scale: Scale): RunResults {
  const paths = runPaths(runDirectory(directory, run));
  const epsilons = run.measurements.map(({ epsilon }) => epsilon);
  const { epochs } = run.resolved.configuration;
  const notes: string[] = [];
  const evaluations = documentsIn(paths.evaluations, evaluationDocumentSchema, notes).filter(
    ({ subject: { checkpoint }, request: { epsilon, attacks, examples } }) =>
      checkpoint.name === 'last' &&
      checkpoint.epoch === epochs &&
      epsilons.includes(epsilon.text) &&
      scale.attack in attacks &&
      (scale.examples.evaluated === 'all' || examples.count === scale.examples.evaluated),
  );
  const analyses = documentsIn(paths.analyses, analysisDocumentSchema, notes).filter(
    (document) =>
      document.checkpoint === 'last' &&
      document.epoch === epochs &&
      fits(document, scale) &&
      (!('epsilon' in document) || epsilons.includes(document.epsilon)),
  );
  return { run, evaluations, analyses, notes: notes.map((note) => `${run.name}: ${note}`) };
}

/** Whether an analysis is of the size that the scale asks for. */
function fits(document: AnalysisDocument, { examples, estimationImages, gap }: Scale): boolean {
  switch (document.analysis) {
    case 'reestimate':
      return (
        document.examples === examples.reestimated &&
        document.estimation.images === estimationImages &&
        estimationSources.every((source) => document.reestimated.some((row) => row.source === source))
      );
    case 'gap':
      return document.batches === gap.batches && document.batchSize === gap.batchSize;
    case 'interpolate':
    case 'transfer':
    case 'curve':
      return document.examples === examples.pictured;
    case 'affine':
      return true;
  }
}

/** Whether a measurement is there already. */
export function isMeasured(results: RunResults, { what, epsilon }: Measurement): boolean {
  return (
    (what === 'evaluate' ? evaluationOf(results, epsilon) : analysisOf(results, what, epsilon)) !== undefined
  );
}

export const evaluationOf = ({ evaluations }: RunResults, epsilon: string): EvaluationDocument | undefined =>
  evaluations.find(({ request }) => request.epsilon.text === epsilon);

export function analysisOf<Name extends AnalysisDocument['analysis']>(
  { analyses }: RunResults,
  name: Name,
  epsilon: string,
): DocumentOf<Name> | undefined {
  return analyses.find(
    (document): document is DocumentOf<Name> =>
      document.analysis === name && (!('epsilon' in document) || document.epsilon === epsilon),
  );
}

function documentsIn<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
  notes: string[],
): z.output<Schema>[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return names.flatMap((name): z.output<Schema>[] => {
    try {
      return [readJson(join(folder, name), schema)];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      notes.push(`left out: ${error.message}`);
      return [];
    }
  });
}

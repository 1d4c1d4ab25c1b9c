/**
 * What the runs of a reproduction have left on disk so far: the documents of each that fit the plan. Those of other
 * settings, which a user may have added to a run, are passed over; what is not there is not there.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  type AnalysisDocument,
  type AnalysisName,
  type AnyAnalysisDocument,
  analysisDocumentSchema,
  analysisNamed,
  answers,
  epsilonOf,
} from '../analysis/index.ts';
import { type EvaluationDocument, evaluationDocumentSchema } from '../evaluation/index.ts';
import { readJson } from '../files/index.ts';
import { runPaths } from '../runs/index.ts';
import type { Measurement, PlannedRun } from './plan.ts';
import { analysisOptions, type Scale } from './scales.ts';

export interface ExampleResult {
  readonly run: PlannedRun;
  readonly evaluations: readonly EvaluationDocument[];
  readonly analyses: readonly AnyAnalysisDocument[];
}

export const runDirectory = (directory: string, { name }: Pick<PlannedRun, 'name'>) =>
  join(directory, 'runs', name);

/** Everything that a run has and the plan asks for. @throws InputError for a damaged document, with its path. */
export function findingOf(directory: string, run: PlannedRun, scale: Scale): ExampleResult {
  const paths = runPaths(runDirectory(directory, run));
  const epsilons = run.measurements.map(({ epsilon }) => epsilon);
  const { epochs } = run.resolved.configuration;
  const evaluations = documentsIn(paths.evaluations, evaluationDocumentSchema).filter(
    ({ subject: { checkpoint }, request: { epsilon, attacks, examples } }) =>
      checkpoint.name === 'last' &&
      checkpoint.epoch === epochs &&
      epsilons.includes(epsilon.text) &&
      scale.attack in attacks &&
      (scale.examples.evaluated === 'all' || examples.count === scale.examples.evaluated),
  );
  const analyses = documentsIn(paths.analyses, analysisDocumentSchema()).filter(
    (document) =>
      document.subject.checkpoint.name === 'last' &&
      document.subject.checkpoint.epoch === epochs &&
      epsilons.some((epsilon) => {
        const asked = Object.entries(analysisOptions(scale, epsilon));
        return asked.some(([name, options]) => {
          const definition = analysisNamed(name);
          return definition !== undefined && answers(definition, document, options);
        });
      }),
  );
  return { run, evaluations, analyses };
}

/** Whether a measurement is there already. */
export function isMeasured(
  { evaluations, analyses }: ExampleResult,
  { what, epsilon }: Measurement,
): boolean {
  if (what === 'evaluate') return evaluations.some(({ request }) => request.epsilon.text === epsilon);
  return analyses.some(
    (document) => document.request.analysis === what && [undefined, epsilon].includes(epsilonOf(document)),
  );
}

export function analysisOf<Name extends AnalysisName>(
  { analyses }: ExampleResult,
  name: Name,
  epsilon: string,
): AnalysisDocument<Name> | undefined {
  return analyses.find(
    (document): document is AnalysisDocument<Name> =>
      document.request.analysis === name && [undefined, epsilon].includes(epsilonOf(document)),
  );
}

function documentsIn<Schema extends z.ZodType>(folder: string, schema: Schema): z.output<Schema>[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => readJson(join(folder, name), schema));
}

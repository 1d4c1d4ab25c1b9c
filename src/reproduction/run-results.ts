/**
 * What a run of a reproduction has left on disk that the plan asks for: for each planned measurement the document that
 * answers it. Documents of other settings, which a user may have added to a run, are passed over; damaged ones are left out.
 * Both are named.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type AnalysisDocument,
  type AnalysisName,
  type AnyAnalysisDocument,
  analysisDocumentSchema,
} from '../analysis/index.ts';
import { regimeOf } from '../configuration/index.ts';
import type { Dataset, LoadOptions } from '../data/index.ts';
import { type EvaluationDocument, evaluationDocumentSchema } from '../evaluation/index.ts';
import { readDocuments, type StoredDocuments } from '../files/index.ts';
import { checkpointPath, loadRunData, networkFor, openRun, type Run, readCheckpoint } from '../runs/index.ts';
import { answers, differenceOf, questionOf } from './measurements.ts';
import type { Measurement, PlannedRun } from './plan.ts';
import type { Scale } from './scales.ts';

type ResultDocument = EvaluationDocument | AnyAnalysisDocument;

/** A measurement with the document that answers it. */
export interface Measured {
  /** Of its file, without extension. */
  readonly name: string;
  readonly measurement: Pick<Measurement, 'what' | 'epsilon'>;
  readonly document: ResultDocument;
}

export interface RunResults {
  readonly run: PlannedRun;
  readonly measured: readonly Measured[];
  /** Documents that were left out, and why. */
  readonly notes: readonly string[];
}

/** Where results are. */
export interface ResultsPlace {
  /** That holds runs/. */
  readonly directory: string;
  readonly scale: Scale;
  /** Where data are looked for: what a document was measured on is known by its checksum. */
  readonly loading: Pick<LoadOptions, 'directory' | 'environment'>;
}

/** @throws InputError where the run or the data cannot be read; not for single documents. */
export type ReadResults = (run: PlannedRun) => Promise<RunResults>;

export const runDirectory = (directory: string, { name }: Pick<PlannedRun, 'name'>) =>
  join(directory, 'runs', name);

/** Reads the results of runs on the same data, one after another; the data are loaded once. */
export function resultsReader({ directory, scale, loading }: ResultsPlace): ReadResults {
  let test: Promise<Dataset> | undefined;
  return async (planned) => {
    const run = openRun(runDirectory(directory, planned));
    const path = checkpointPath(run.directory, 'last');
    if (!existsSync(path)) return { run: planned, measured: [], notes: [] };
    const { digest, metadata } = await readCheckpoint(path);
    test ??= loadRunData(run, 'test', loading);
    const data = await test;
    const { position, step } = metadata;
    const trained = {
      network: networkFor(run.configuration, data),
      regime: regimeOf(run.configuration.regime),
      test: data,
      checkpoint: { name: 'last', epoch: position.epoch, step, digest },
    };
    const questions = planned.measurements.map((measurement) => ({
      measurement,
      question: questionOf(run, trained, measurement, scale),
    }));
    const stored = await documentsOf(run);
    const measured = questions.flatMap(({ measurement, question }): Measured[] => {
      const found = stored.found.find(({ document }) => answers(document, question));
      return found ? [{ measurement, name: found.name, document: found.document }] : [];
    });
    const passedOver = stored.found.flatMap(({ path, document }) => {
      const differences = questions.map(({ question }) => differenceOf(document, question));
      return differences.includes(undefined)
        ? []
        : [`${shown(path)} is passed over: ${reasonOf(differences)}`];
    });
    const notes = [...passedOver, ...stored.problems].map((note) =>
      inOneLine(`${planned.name}: ${note.replaceAll(`${run.directory}/`, '')}`),
    );
    return { run: planned, measured, notes };
  };
}

async function documentsOf({ paths }: Run): Promise<StoredDocuments<ResultDocument>> {
  const evaluations = await readDocuments(paths.evaluations, evaluationDocumentSchema, 'evaluate again');
  const analyses = await readDocuments(paths.analyses, analysisDocumentSchema(), 'analyze again');
  return {
    found: [...evaluations.found, ...analyses.found],
    problems: [...evaluations.problems, ...analyses.problems],
  };
}

const inOneLine = (text: string) => text.replaceAll(/\s*\n\s*/g, ' ');

/** evaluations/last-linf-8-255.json */
const shown = (path: string) => join(basename(dirname(path)), basename(path));

/** By a question of the same kind, of the same epsilon if there is one. */
function reasonOf(differences: readonly (string | undefined)[]): string {
  const places = differences.flatMap((place) =>
    place === undefined || ['document', 'request.analysis'].includes(place) ? [] : [place],
  );
  const place = places.find((each) => !each.startsWith('request.epsilon')) ?? places[0];
  return place === undefined ? 'it was not asked for' : `its ${place} is not what is asked for`;
}

export const isMeasured = (
  { measured }: RunResults,
  { what, epsilon }: Pick<Measurement, 'what' | 'epsilon'>,
): boolean =>
  measured.some(({ measurement }) => measurement.what === what && measurement.epsilon === epsilon);

export function evaluationOf({ measured }: RunResults, epsilon: string): EvaluationDocument | undefined {
  const found = measured.find(
    ({ measurement }) => measurement.what === 'evaluate' && measurement.epsilon === epsilon,
  );
  return found?.document.document === 'evaluation' ? found.document : undefined;
}

export function analysisOf<Name extends AnalysisName>(
  { measured }: RunResults,
  name: Name,
  epsilon: string,
): AnalysisDocument<Name> | undefined {
  const found = measured.find(
    ({ measurement }) => measurement.what === name && measurement.epsilon === epsilon,
  );
  return found && isNamed(found.document, name) ? found.document : undefined;
}

/** By the name: what documents of it hold was checked where they were read. */
const isNamed = <Name extends AnalysisName>(
  document: ResultDocument,
  name: Name,
): document is AnalysisDocument<Name> =>
  document.document === 'analysis' && document.request.analysis === name;

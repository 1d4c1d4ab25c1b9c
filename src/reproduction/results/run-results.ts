/**
 * What a run of a reproduction has found that the plan asks for: of each planned measurement the document that answers it, from the
 * run's file (run-file.ts), which is made of the run's directory where there is one. Documents of other settings, which a user may
 * have added to a run, are passed over; damaged ones are left out. Both are named.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import {
  type AnalysisDocument,
  type AnalysisName,
  type AnyAnalysisDocument,
  analysisDocumentSchema,
} from '../../analysis/index.ts';
import { configurationHash } from '../../configuration/index.ts';
import type { Dataset, LoadOptions } from '../../data/index.ts';
import { InputError } from '../../errors.ts';
import { type EvaluationDocument, evaluationDocumentSchema } from '../../evaluation/index.ts';
import { datasetCopies } from '../../experiments/index.ts';
import { readDocuments, readJson, writeAtomically } from '../../files/index.ts';
import { checkpointPath, loadRunData, openRun, type Run, readCheckpoint } from '../../runs/index.ts';
import type { Measurement, PlannedRun } from '../plan.ts';
import type { Scale, ScaleName } from '../scales.ts';
import { answers, differenceOf, questionOf } from './measurements.ts';
import { type ResultDocument, type RunFile, readRunFile, subjectOf, writeRunFile } from './run-file.ts';

/** A measurement with the document that answers it. */
export interface Measured {
  /** Of its file, without extension. */
  readonly name: string;
  readonly measurement: Pick<Measurement, 'what' | 'epsilon'>;
  readonly document: ResultDocument;
}

export interface RunResults {
  readonly run: PlannedRun;
  readonly file: RunFile;
  readonly measured: readonly Measured[];
  /** Documents that were left out, and why. */
  readonly notes: readonly string[];
}

/** Where results are. */
export interface ResultsPlace {
  /** That holds runs/. */
  readonly directory: string;
  /** Others that hold runs/ with files of runs, which are read and left as they are. */
  readonly from?: readonly string[];
  readonly scaleName: ScaleName;
  readonly scale: Scale;
  /** Where data are looked for: what a document was measured on is known by its checksum. */
  readonly loading: Pick<LoadOptions, 'directory' | 'environment'>;
}

export const runDirectory = (directory: string, { name }: Pick<PlannedRun, 'name'>) =>
  join(directory, 'runs', name);

export const runFilePath = (directory: string, { name }: Pick<PlannedRun, 'name'>) =>
  join(directory, 'runs', `${name}.json`);

/**
 * Read everything that a directory of results holds, before anything is made of it.
 *
 * @param runs all that there can be.
 * @throws InputError for a directory without runs/, for files of no run, and for a file that is damaged or does not fit.
 */
export function checkResults(directory: string, scaleName: ScaleName, runs: readonly PlannedRun[]): void {
  const place = join(directory, 'runs');
  if (!existsSync(place))
    throw new InputError(`${directory} holds no results: there is no ${place}`, [], { code: 'not-found' });
  const found = readdirSync(place)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const run = runs.find((each) => runFilePath(directory, each) === join(place, name));
      return { path: join(place, name), run };
    });
  const strangers = found.flatMap(({ path, run }) => (run ? [] : [path]));
  if (strangers.length > 0)
    throw new InputError(
      `${strangers.join(', ')}: no run of this reproduction has such a file; take it away, or give the scale and data set it is of`,
      [],
      { code: 'mismatch' },
    );
  for (const { path, run } of found) if (run) readRunFile(path, scaleName, run);
}

/** The results of a run, where it has a file. @throws InputError for a file that is damaged, does not fit, or contradicts another. */
export function readResults(
  {
    directory,
    from = [],
    scaleName,
    scale,
  }: Pick<ResultsPlace, 'directory' | 'from' | 'scaleName' | 'scale'>,
  planned: PlannedRun,
): RunResults | undefined {
  const paths = [directory, ...from]
    .map((place) => runFilePath(place, planned))
    .filter((path) => existsSync(path));
  const files = paths.map((path) => readRunFile(path, scaleName, planned));
  const [file] = files;
  if (!file) return undefined;
  const other = files.findIndex(({ digest }) => digest !== file.digest);
  if (other > 0)
    throw new InputError(
      `${paths[0]} and ${paths[other]} are of the same run and differ: remove the one that is not wanted`,
      [],
      { code: 'mismatch' },
    );
  const { configuration } = planned.resolved;
  const run = { configuration, hash: configurationHash(configuration) };
  const subject = subjectOf(file, planned);
  const questions = planned.measurements.map((measurement) => ({
    measurement,
    question: questionOf(run, subject, measurement, scale),
  }));
  const measured = questions.flatMap(({ measurement, question }): Measured[] => {
    const found = file.documents.find(({ document }) => answers(document, question));
    return found ? [{ measurement, ...found }] : [];
  });
  const notes = file.documents.flatMap(({ name, document }) => {
    const differences = questions.map(({ question }) => differenceOf(document, question));
    return differences.includes(undefined)
      ? []
      : [`${planned.name}: ${name} is passed over: ${reasonOf(differences)}`];
  });
  return { run: planned, file, measured, notes };
}

/**
 * Makes the files of runs from their directories, one after another; the data are loaded once. Gives notes on what was left out of
 * a file. A directory without a checkpoint makes none.
 *
 * @throws InputError where the run or the data cannot be read; not for single documents.
 */
export function runFileWriter({
  directory,
  scaleName,
  loading,
}: ResultsPlace): (planned: PlannedRun) => Promise<string[]> {
  let data: Promise<Dataset> | undefined;
  const copyOf = datasetCopies(loading);
  return async (planned) => {
    const run = openRun(runDirectory(directory, planned));
    const path = checkpointPath(run.directory, 'last');
    if (!existsSync(path)) return [];
    const { digest, metadata } = await readCheckpoint(path);
    data ??= loadRunData(run, 'test', loading);
    const { position, step } = metadata;
    const { documents, problems } = await documentsOf(run);
    await writeRunFile(runFilePath(directory, planned), {
      ...{ scale: scaleName, planned, run, documents },
      test: await data,
      copy: await copyOf(run),
      rules: rulesOf(run),
      checkpoint: { name: 'last', epoch: position.epoch, step, digest },
    });
    return problems.map((note) =>
      `${planned.name}: ${note.replaceAll(`${run.directory}/`, '')}`.replaceAll(/\s*\n\s*/g, ' '),
    );
  };
}

async function documentsOf({ paths }: Run) {
  const evaluations = await readDocuments(paths.evaluations, evaluationDocumentSchema, 'evaluate again');
  const analyses = await readDocuments(paths.analyses, analysisDocumentSchema(), 'analyze again');
  const found = [...evaluations.found, ...analyses.found];
  return {
    documents: found.map(({ path, document }) => ({ name: shown(path), document })),
    problems: [...evaluations.problems, ...analyses.problems],
  };
}

/** evaluations/last-linf-8-255 */
const shown = (path: string) => join(basename(dirname(path)), basename(path, '.json'));

const rulesSchema = z.object({ rules: z.record(z.string(), z.string()) });
const rulesPath = (directory: string) => join(directory, 'rules.json');

const rulesOf = ({ directory }: Run): Record<string, string> | undefined =>
  existsSync(rulesPath(directory)) ? readJson(rulesPath(directory), rulesSchema).rules : undefined;

export const writeRules = async (
  { directory }: Run,
  rules: Readonly<Record<string, string>>,
): Promise<void> => writeAtomically(rulesPath(directory), `${JSON.stringify({ rules }, null, 2)}\n`);

/** By a question of the same kind, of the same epsilon if there is one. */
function reasonOf(differences: readonly (string | undefined)[]): string {
  const places = differences.flatMap((place) =>
    place === undefined || ['document', 'request.analysis'].includes(place) ? [] : [place],
  );
  const place = places.find((each) => !each.startsWith('request.epsilon')) ?? places[0];
  return place === undefined ? 'it was not asked for' : `its ${place} is not what is asked for`;
}

export const isMeasured = (
  results: RunResults | undefined,
  { what, epsilon }: Pick<Measurement, 'what' | 'epsilon'>,
): boolean =>
  results?.measured.some(({ measurement }) => measurement.what === what && measurement.epsilon === epsilon) ??
  false;

const documentOf = ({ measured }: RunResults, what: string, epsilon: string) =>
  measured.find(({ measurement }) => measurement.what === what && measurement.epsilon === epsilon)?.document;

export function evaluationOf(results: RunResults, epsilon: string): EvaluationDocument | undefined {
  const document = documentOf(results, 'evaluate', epsilon);
  return document?.document === 'evaluation' ? document : undefined;
}

/** Whatever the analysis. */
export function analysisNamedOf(
  results: RunResults,
  name: string,
  epsilon: string,
): AnyAnalysisDocument | undefined {
  const document = documentOf(results, name, epsilon);
  return document?.document === 'analysis' ? document : undefined;
}

export function analysisOf<Name extends AnalysisName>(
  results: RunResults,
  name: Name,
  epsilon: string,
): AnalysisDocument<Name> | undefined {
  const document = documentOf(results, name, epsilon);
  return document && isNamed(document, name) ? document : undefined;
}

/** By the name: what documents of it hold was checked where they were read. */
const isNamed = <Name extends AnalysisName>(
  document: ResultDocument,
  name: Name,
): document is AnalysisDocument<Name> =>
  document.document === 'analysis' && document.request.analysis === name;

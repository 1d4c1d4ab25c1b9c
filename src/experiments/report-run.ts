/**
 * A run directory read into what the report shows of it. Example images are not in a run: they take the network and its
 * data (example-images.ts).
 */
import { basename, resolve } from 'node:path';
import { type AnyAnalysis, analysisDocumentSchema } from '../analysis/index.ts';
import { norms } from '../attacks/index.ts';
import { type Configuration, recipeHash, writeConfiguration } from '../configuration/index.ts';
import type { DataOptions } from '../data/index.ts';
import { type EvaluationDocument, evaluationDocumentSchema } from '../evaluation/index.ts';
import { readDocuments, type StoredDocument } from '../files/index.ts';
import { cellLabel, cellOf } from '../nn/index.ts';
import type { ReportEpoch, ReportEvaluation, ReportGap, ReportRun } from '../report/index.ts';
import { type MetricRecord, type Run, readMetrics } from '../runs/index.ts';
import { type DatasetCopy, datasetCopies } from './dataset-copy.ts';

/** Where data may be, and the analyses whose documents are read: those of this program unless given. */
export interface ReportReading extends DataOptions {
  readonly definitions?: readonly AnyAnalysis[] | undefined;
}

/**
 * Reads runs for a report, one at a time, named by the last part of their path unless told otherwise; `options` say where
 * their data may be, to tell whether it is the official copy.
 */
export function runReader({
  definitions,
  ...options
}: ReportReading = {}): (run: Run, name?: string) => Promise<ReportRun> {
  const copyOf = datasetCopies(options);
  return async (run, name = basename(resolve(run.directory))) => {
    const [copy, records, evaluations, analyses] = await Promise.all([
      copyOf(run),
      trainingRecords(run),
      readDocuments(run.paths.evaluations, evaluationDocumentSchema, 'evaluate again'),
      readDocuments(run.paths.analyses, analysisDocumentSchema(definitions), 'analyze the run again'),
    ]);
    return reportRunFrom({
      ...{ name, run, copy, records },
      evaluations: evaluations.found,
      analyses: analyses.found.map(({ document }) => document),
      problems: [...evaluations.problems, ...analyses.problems],
    });
  };
}

/** What training recorded of epochs and of the gap. */
export async function trainingRecords({ paths }: Pick<Run, 'paths'>): Promise<MetricRecord[]> {
  const records: MetricRecord[] = [];
  for await (const record of readMetrics(paths.metrics))
    if (record.kind === 'epoch' || record.kind === 'gap') records.push(record);
  return records;
}

/** A run and all that was found of it. */
export interface RunParts {
  readonly name: string;
  readonly run: Pick<Run, 'configuration' | 'environment'>;
  readonly copy: DatasetCopy;
  readonly records: readonly MetricRecord[];
  /** The latest last, as analyses are. */
  readonly evaluations: readonly Pick<StoredDocument<EvaluationDocument>, 'name' | 'document'>[];
  readonly analyses: ReportRun['analyses'];
  readonly problems: readonly string[];
}

export function reportRunFrom({
  name,
  run,
  copy,
  records,
  evaluations,
  analyses,
  problems,
}: RunParts): ReportRun {
  const { configuration } = run;
  const epochs = records.flatMap((record) => (record.kind === 'epoch' ? [epochOf(record)] : []));
  return {
    name,
    regime: configuration.regime.name,
    seed: configuration.seed,
    recipe: recipeHash(configuration),
    summary: summaryOf(run, { copy, epochs: epochs.length, evaluations }),
    configuration: writeConfiguration(configuration),
    epochs,
    gaps: records.flatMap((record) => (record.kind === 'gap' ? gapsOf(record) : [])),
    evaluations: evaluations.map((stored) => evaluationOf(stored, copy)),
    analyses,
    problems,
  };
}

/** Several runs, told apart by name. */
export async function reportRuns(runs: readonly Run[], options: ReportReading = {}): Promise<ReportRun[]> {
  const read = runReader(options);
  const names = shortNames(runs);
  return Promise.all(runs.map((run, at) => read(run, names[at])));
}

export const reportRun = (run: Run, options: ReportReading = {}): Promise<ReportRun> =>
  runReader(options)(run);

/** The last part of each path; the whole path where that would name two runs alike. */
function shortNames(runs: readonly Run[]): string[] {
  const short = runs.map(({ directory }) => basename(resolve(directory)));
  return short.map((name, at) =>
    short.filter((other) => other === name).length > 1 ? runs[at].directory : name,
  );
}

interface Known {
  readonly copy: DatasetCopy;
  readonly epochs: number;
  readonly evaluations: RunParts['evaluations'];
}

function summaryOf(run: RunParts['run'], { copy, epochs, evaluations }: Known): ReportRun['summary'] {
  const { configuration, environment } = run;
  const { regime, network, data, attack, seed } = configuration;
  const { engine, cpu } = environment;
  const all =
    typeof environment.data.images === 'number' ? environment.data.images - data.validationExamples : 'all';
  const latest = evaluations.at(-1);
  return {
    regime: regime.name,
    network: network.width === undefined ? network.name : `${network.name}, width ${network.width}`,
    'data set': copy.text,
    'training images': data.trainExamples === 'all' ? all : data.trainExamples,
    'validation images': data.validationExamples,
    ...(latest && { 'test images': latest.document.request.examples.count }),
    epochs: epochs === configuration.epochs ? epochs : `${epochs} of ${configuration.epochs}`,
    'batch size': configuration.batchSize,
    'training attack': trainingAttack(attack),
    seed,
    engine: [engine.name, engine.version].filter((part) => typeof part === 'string').join(' '),
    processor: cpu,
    ...(latest && { evaluated: checkpointText(latest.document) }),
  };
}

const trainingAttack = ({ norm, epsilon, steps }: Configuration['attack']): string =>
  `PGD-${steps}, ${norms[norm].label} ε\u00a0=\u00a0${epsilon.text}`;

const checkpointText = ({ subject: { checkpoint } }: EvaluationDocument): string =>
  `${checkpoint.name} checkpoint, ${checkpoint.epoch} epochs`;

/** Names as a gap probe gives them: mu.adv-clean.wasserstein, gamma.branches.clean-adv.wasserstein. */
const gapsOf = (record: MetricRecord): ReportGap[] =>
  Object.entries(record).flatMap(([name, value]) => {
    const [, quantity, branches, pair] = /^(\w+)\.(branches\.)?([^.]+)\.wasserstein$/.exec(name) ?? [];
    if (quantity === undefined || pair === undefined || typeof value !== 'number') return [];
    const between = branches === undefined ? 'samples' : 'branches';
    return [{ step: record.step, between, quantity, pair, wasserstein: value }];
  });

/** Names as runs write them: train.loss, train.PASS.loss, train.PASS.accuracy, validation.clean, validation.robust. */
function epochOf(record: MetricRecord): ReportEpoch {
  const number = (name: string): number => {
    const value = record[name];
    return typeof value === 'number' ? value : Number.NaN;
  };
  const passes = Object.keys(record).flatMap((name) => /^train\.(.+)\.accuracy$/.exec(name)?.[1] ?? []);
  return {
    epoch: record.epoch + 1,
    learningRate: number('learningRate'),
    train: {
      loss: number('train.loss'),
      passes: Object.fromEntries(
        passes.map((pass) => [
          pass,
          { loss: number(`train.${pass}.loss`), accuracy: number(`train.${pass}.accuracy`) },
        ]),
      ),
    },
    ...('validation.clean' in record && {
      validation: { clean: number('validation.clean'), robust: number('validation.robust') },
    }),
  };
}

function evaluationOf(
  { name, document }: RunParts['evaluations'][number],
  copy: DatasetCopy,
): ReportEvaluation {
  const { subject, request, grid, failedChecks } = document;
  const { dataset } = subject;
  return {
    name,
    checkpoint: subject.checkpoint.name,
    dataset: copy.name === dataset.name ? copy.text : dataset.name,
    examples: request.examples.count,
    epsilon: request.epsilon.text,
    size: request.epsilon.value,
    norm: norms[request.norm].label,
    grid: grid.map(({ clean, cleanInterval, robust, robustInterval, ...cell }) => ({
      ...cellOf(cell),
      clean: { value: clean, interval: cleanInterval },
      robust: Object.fromEntries(
        Object.entries(robust).map(([attack, value]) => [
          attack,
          { value, interval: robustInterval[attack] },
        ]),
      ),
    })),
    failedChecks: failedChecks.map((failedCheck) => `${cellLabel(failedCheck)}: ${failedCheck.message}`),
  };
}

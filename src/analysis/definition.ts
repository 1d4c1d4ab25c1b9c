/**
 * What an analysis is: one object that says its name, its options, what it does, and how its result is written, shown and drawn.
 * The command line, the documents in a run, the tables on the terminal and the parts of a report are made of it, so that a
 * further analysis is a folder with such an object and a line of analysis-table.ts; or an object that a library user hands in.
 */

import type { z } from 'zod';
import type { Dataset } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import type { attackOptionsSchema, DocumentSubject } from '../evaluation/index.ts';
import type { Block, Figure, FigureSubject } from '../figures/index.ts';
import type { Network } from '../nn/index.ts';
import type { EvaluationCells } from './branches.ts';

/** The training split, and which of its examples the network was trained on. */
export interface TrainingData {
  readonly dataset: Dataset;
  readonly train: Uint32Array;
}

/** What an analysis is made with. It moves no variable of the network: what it writes, it writes into a working copy. */
export interface AnalysisContext {
  /** Holds the network's values. */
  readonly engine: Engine;
  readonly network: Network;
  /** The cells that the network's clean and robust accuracy are evaluated through. */
  readonly evaluationCells: EvaluationCells;
  /** The test split. */
  readonly test: Dataset;
  /** Loads them where they are not in memory. @throws InputError where there are none. */
  readonly training: () => Promise<TrainingData>;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the record of a request takes from the network and the data. */
export type RequestContext = Pick<AnalysisContext, 'network' | 'test' | 'evaluationCells'>;

/** An attack in full: what its name stands for at a bound, with no option left out. */
export type AttackRecord = Readonly<z.output<typeof attackOptionsSchema>>;

/** Everything that decides a result. `batchSize` changes the speed alone, so it is not part of it. */
export type AnalysisRequest<Name extends string, Options extends z.ZodObject> = {
  readonly analysis: Name;
  readonly evaluationCells: EvaluationCells;
  /** One for each epsilon, where the analysis attacks. */
  readonly attackOptions?: readonly AttackRecord[] | undefined;
} & Recorded<Options>;

/** Of no options, zod's type is a record that refuses every key. */
type Recorded<Options extends z.ZodObject> = [keyof Options['shape']] extends [never]
  ? unknown
  : Readonly<Omit<z.output<Options>, 'batchSize'>>;

/** A table of text. */
export interface AnalysisTable {
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

/** What was asked for, and what was found. */
export interface Analyzed<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
  Result extends z.ZodObject = z.ZodObject,
> {
  readonly request: AnalysisRequest<Name, Options>;
  readonly result: z.output<Result>;
}

/** The JSON form of an analysis of a run: what `dualbn analyze --json` prints and a run keeps in analyses/. */
export interface AnalysisDocumentOf<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
  Result extends z.ZodObject = z.ZodObject,
> extends Analyzed<Name, Options, Result> {
  readonly document: 'analysis';
  readonly version: 2;
  /** ISO time. */
  readonly created: string;
  readonly subject: DocumentSubject;
  /** sha256 of the rest, once it is on file. */
  readonly digest?: string | undefined;
}

export interface AnalysisDefinition<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
  Result extends z.ZodObject = z.ZodObject,
> {
  /** As on the command line: lower case, without spaces. */
  readonly name: Name;
  /** A line of help. */
  readonly summary: string;
  /** Above its figures and tables in a report. */
  readonly heading: string;
  /**
   * A strict object. Every key is an option of the command line too, in kebab case; see options.ts for what its schemas may be,
   * and for the options that analyses have in common. What was parsed must parse to itself: it is kept in documents.
   */
  readonly options: Options;
  /** What it finds, as JSON. */
  readonly result: Result;
  /** @throws InputError for options that do not fit the network or the data. With a signal that is aborted, its reason. */
  run(context: AnalysisContext, options: z.output<Options>): Promise<z.input<Result>> | z.input<Result>;
  /** What the network says of options that were left open, for the record. */
  request?(options: z.output<Options>, context: RequestContext): Partial<z.output<Options>>;
  /** Parts of the names of its files, where documents of several options are kept beside each other. */
  fileName?(request: AnalysisRequest<Name, Options>): readonly string[];
  /** For the terminal. */
  tables(analyzed: Analyzed<Name, Options, Result>): readonly AnalysisTable[];
  /** For reports, of one run or of the seeds of a regime. */
  figures?(
    subject: FigureSubject<AnalysisDocumentOf<Name, Options, Result>>,
  ): readonly (Figure | undefined)[];
  /** For reports, above the figures. */
  sectionTables?(subject: FigureSubject<AnalysisDocumentOf<Name, Options, Result>>): readonly Block[];
}

/** Any analysis, whatever its options. */
export type AnyAnalysis = AnalysisDefinition;

/** The documents of an analysis. */
export type DocumentOf<Definition extends AnyAnalysis> = AnalysisDocumentOf<
  Definition['name'],
  Definition['options'],
  Definition['result']
>;

/** Define an analysis: the types of its options and of its result follow from their schemas. */
export function defineAnalysis<
  const Name extends string,
  Options extends z.ZodObject,
  Result extends z.ZodObject,
>(definition: AnalysisDefinition<Name, Options, Result>): AnalysisDefinition<Name, Options, Result> {
  return definition;
}

/** How far an analysis of several phases is, as one count that only rises. */
export interface AnalysisProgress {
  /** Images done of all, each counted once for every pass or attack that it goes through. */
  readonly done: number;
  readonly total: number;
  /** What is done to them now: 'NS of noise, AP adv'. */
  readonly phase: string;
}

export type OnProgress = (progress: AnalysisProgress) => void;

/** Begin a phase of so many images; what it gives is told how many of them are done. */
export type Phases = (images: number, phase: string) => (done: number) => void;

export function phasesOf(total: number, onProgress: OnProgress = () => {}): Phases {
  let before = 0;
  return (images, phase) => {
    const start = before;
    before += images;
    const report = (done: number) => onProgress({ done: start + Math.min(done, images), total, phase });
    report(0);
    return report;
  };
}

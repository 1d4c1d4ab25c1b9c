/**
 * Whether a result document is the answer to a request: made of this very checkpoint on these data, with every option that
 * decides the result as it was asked for. The same for evaluations and analyses; of documents it knows only their frame.
 *
 * Which engine made it, and the name of the run's directory, are not compared.
 */
import { canonicalJson } from '../files/index.ts';

/** The part of the frame of a result document that tells what it answers. */
export interface Answer {
  readonly document: string;
  readonly subject: object;
  readonly request: object;
}

/** Complete: nothing is left to a default. */
export interface Question {
  /** 'evaluation' or 'analysis'. */
  readonly document: string;
  readonly subject: QuestionSubject;
  readonly request: object;
}

export interface QuestionSubject {
  /** configurationHash. */
  readonly configuration: string;
  readonly regime: string;
  readonly seed: number;
  readonly network: string;
  readonly checkpoint: {
    readonly name: string;
    readonly epoch: number;
    readonly step: number;
    readonly digest: string;
  };
  readonly dataset: { readonly name: string; readonly checksum: string };
}

export const answers = (answer: Answer, question: Question): boolean =>
  differenceOf(answer, question) === undefined;

/** The first place where a document differs from the answer to a question, such as `request.epsilon.text`. */
export function differenceOf(answer: Answer, question: Question): string | undefined {
  const { run: _, engine: __, ...subject } = { run: undefined, engine: undefined, ...answer.subject };
  return firstDifference(
    { document: answer.document, subject, request: answer.request },
    { document: question.document, subject: question.subject, request: question.request },
  );
}

function firstDifference(one: unknown, other: unknown): string | undefined {
  if (canonicalJson(one) === canonicalJson(other)) return undefined;
  if (!isRecord(one) || !isRecord(other)) return '';
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const below = firstDifference(one[key], other[key]);
    if (below !== undefined) return below === '' ? key : `${key}.${below}`;
  }
  return '';
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

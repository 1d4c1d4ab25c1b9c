/**
 * The measurements of a plan: how each is made, the question that its document must answer, and whether a document does. All
 * in one place, so that what was made is what is looked for.
 *
 * A document answers where it was made of this very checkpoint on these data, with every option that decides the result as it
 * was asked for. Which engine made it, and the name of the run's directory, are not compared. Of documents only their frame is
 * known here, so that it is the same for evaluations and analyses.
 */
import { type AnyAnalysis, analysisNamed } from '../../analysis/index.ts';
import type { LoadOptions } from '../../data/index.ts';
import type { Engine } from '../../engines/index.ts';
import {
  analysisRequest,
  analyzeRun,
  type EvaluationPlan,
  evaluateRun,
  evaluationRequest,
  planEvaluation,
} from '../../experiments/index.ts';
import { canonicalJson } from '../../files/index.ts';
import type { Run, Trained } from '../../runs/index.ts';
import type { Measurement } from '../plan.ts';
import { analysisOptions, type Scale, type ScaleAnalysis } from '../scales.ts';

/** Makes a measurement of a trained run; its document is then in the run. */
export async function measure(
  run: Run,
  engine: Engine,
  { what, epsilon }: Measurement,
  scale: Scale,
  { onShare, ...loading }: LoadOptions & { readonly onShare: (share: number) => void },
): Promise<void> {
  const onProgress = ({ done, total }: { readonly done: number; readonly total: number }) =>
    onShare(done / total);
  if (what === 'evaluate') {
    await evaluateRun(run, engine, evaluationPlan(run, epsilon, scale), { ...loading, onProgress });
    return;
  }
  const options = analysisOptions(scale, epsilon)[what];
  await analyzeRun(run, engine, definitionOf(what), options, { ...loading, onProgress });
}

function definitionOf(name: ScaleAnalysis): AnyAnalysis {
  const definition = analysisNamed(name);
  if (!definition) throw new RangeError(`there is no analysis ${name}`);
  return definition;
}

function evaluationPlan(
  { configuration }: Pick<Run, 'configuration'>,
  epsilon: string,
  { attacks, examples }: Scale,
): EvaluationPlan {
  const plan = planEvaluation(configuration, { attacks, epsilon });
  return { ...plan, examples: examples.evaluated, cells: 'evaluation' };
}

/** A run's network with the data and the checkpoint that it is measured with. */
export interface Subject extends Pick<Trained, 'network' | 'regime' | 'test'> {
  readonly checkpoint: Question['subject']['checkpoint'];
}

/** What the document of a measurement must answer. */
export function questionOf(
  run: Pick<Run, 'configuration' | 'hash'>,
  subject: Subject,
  { what, epsilon }: Pick<Measurement, 'what' | 'epsilon'>,
  scale: Scale,
): Question {
  const { network, test, checkpoint } = subject;
  const { regime, seed } = run.configuration;
  return {
    subject: {
      configuration: run.hash,
      regime: regime.name,
      seed,
      network: network.name,
      checkpoint,
      dataset: { name: test.name, checksum: test.checksum },
    },
    ...(what === 'evaluate'
      ? { document: 'evaluation', request: evaluationRequest(evaluationPlan(run, epsilon, scale), subject) }
      : {
          document: 'analysis',
          request: analysisRequest(run, definitionOf(what), analysisOptions(scale, epsilon)[what], subject),
        }),
  };
}

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

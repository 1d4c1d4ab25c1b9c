/**
 * The measurements of a plan: how each is made, and the question that its document must answer. Both from the same place, so
 * that what was made is what is looked for.
 */
import { type AnyAnalysis, analysisNamed } from '../analysis/index.ts';
import type { LoadOptions } from '../data/index.ts';
import type { Engine } from '../engines/index.ts';
import {
  analysisRequest,
  analyzeRun,
  type EvaluationPlan,
  evaluateRun,
  evaluationRequest,
  planEvaluation,
} from '../experiments/index.ts';
import type { Run, Trained } from '../runs/index.ts';
import type { Question } from './answers.ts';
import type { Measurement } from './plan.ts';
import { analysisOptions, type Scale, type ScaleAnalysis } from './scales.ts';

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
  { configuration }: Run,
  epsilon: string,
  { attack, examples }: Scale,
): EvaluationPlan {
  return { ...planEvaluation(configuration, { attacks: [attack], epsilon }), examples: examples.evaluated };
}

/** A run's network with the data and the checkpoint that it is measured with. */
export interface Subject extends Pick<Trained, 'network' | 'regime' | 'test'> {
  readonly checkpoint: Question['subject']['checkpoint'];
}

/** What the document of a measurement must answer. */
export function questionOf(
  run: Run,
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

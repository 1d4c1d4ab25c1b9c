/** From a run to an analysis of one of its checkpoints, on file in the run. Shows nothing: whoever calls is told how far it is. */
import type { z } from 'zod';
import {
  type AnalysisDefinition,
  type AnalysisDocumentOf,
  type AnalysisProgress,
  type AnalysisRequest,
  analysisDocument,
  analyze,
  askedAttack,
  completeOptions,
  requestOf,
} from '../analysis/index.ts';
import type { Configuration } from '../configuration/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { documentSubject, planAttacks } from '../evaluation/index.ts';
import { sealDocument } from '../files/index.ts';
import {
  loadRunData,
  loadTrained,
  type Run,
  refuseUnwritable,
  splitExamples,
  subjectOf,
  type Trained,
  type TrainedOptions,
  writeAnalysis,
} from '../runs/index.ts';
import { evaluationCells } from '../training/index.ts';

export interface AnalysisSettings extends Omit<TrainedOptions, 'onProgress'> {
  readonly onProgress?: ((progress: AnalysisProgress) => void) | undefined;
}

export interface AnalyzedRun<Document> {
  readonly document: Document;
  /** Where it was written. */
  readonly path: string;
}

/**
 * The options of an analysis of a run: what was given, then what the run's configuration says, then the analysis' own defaults.
 *
 * @param nameOf What a message calls an option; its key unless given.
 * @throws InputError that says which option is wrong.
 */
export function runOptions<Options extends z.ZodObject>(
  { evaluation, seed }: Configuration,
  definition: { readonly name: string; readonly options: Options },
  given: Readonly<Record<string, unknown>>,
  nameOf?: (key: string) => string,
): z.output<Options> {
  const { attacks, epsilon, examples, batchSize } = evaluation;
  const defaults = { attack: attacks[0], epsilon, examples, batchSize, seed };
  const complete = completeOptions(definition, given, { defaults, ...(nameOf ? { nameOf } : {}) });
  refuseBoundOfAnotherNorm(complete, given, { own: attacks[0], nameOf });
  return complete;
}

/** As planEvaluation does: a bound that was not given is of the run's own attacks, those of a list in L-infinity. */
function refuseBoundOfAnotherNorm(
  complete: object,
  given: Readonly<Record<string, unknown>>,
  { own, nameOf = (key) => key }: { own: string | undefined; nameOf?: ((key: string) => string) | undefined },
): void {
  const asked = askedAttack(complete);
  if (asked === undefined || given.attack === undefined) return;
  const key = 'epsilons' in complete ? 'epsilons' : 'epsilon';
  if (given[key] !== undefined) return;
  const normOf = (name: string) => planAttacks([name], 0).norm;
  const usual = key === 'epsilons' || own === undefined ? 'linf' : normOf(own);
  const norm = normOf(asked.attack);
  if (norm !== usual)
    throw new InputError(
      `${nameOf(key)} is missing: ${asked.attack} is bounded in ${norm}, and what is usual here, ${asked.epsilons.map(({ text }) => text).join(', ')}, in ${usual}`,
    );
}

/** What the document of an analysis of a run records as its request; see runOptions. */
export function analysisRequest<Name extends string, Options extends z.ZodObject, Result extends z.ZodObject>(
  { configuration }: Pick<Run, 'configuration'>,
  definition: AnalysisDefinition<Name, Options, Result>,
  options: Partial<z.input<Options>>,
  { network, regime, test }: Pick<Trained, 'network' | 'regime' | 'test'>,
): AnalysisRequest<Name, Options> {
  const cells = evaluationCells(regime);
  const complete = runOptions(configuration, definition, options);
  return requestOf(definition, complete, { network, test, evaluationCells: cells });
}

/** Analyze a run. With a signal that is aborted nothing is written. */
export async function analyzeRun<
  Name extends string,
  Options extends z.ZodObject,
  Result extends z.ZodObject,
>(
  run: Run,
  engine: Engine,
  definition: AnalysisDefinition<Name, Options, Result>,
  options: Partial<z.input<Options>> = {},
  { onProgress, checkpoint = 'last', ...loading }: AnalysisSettings = {},
): Promise<AnalyzedRun<AnalysisDocumentOf<Name, Options, Result>>> {
  const { configuration } = run;
  const complete = runOptions(configuration, definition, options);
  refuseUnwritable(run, 'analyses');
  const trained = await loadTrained(run, engine, { checkpoint, ...loading });
  const analyzed = await analyze(
    definition,
    {
      engine,
      network: trained.network,
      evaluationCells: evaluationCells(trained.regime),
      test: trained.test,
      training: async () => {
        const dataset = await loadRunData(run, 'train', loading);
        return { dataset, train: splitExamples(configuration, dataset).train };
      },
      onProgress,
      signal: loading.signal,
    },
    complete,
  );
  const subject = documentSubject(subjectOf(run, trained, engine));
  const document = sealDocument(analysisDocument(analyzed, subject, new Date().toISOString()));
  loading.signal?.throwIfAborted();
  const stem = [checkpoint, ...fileName(definition, analyzed.request)].join('-');
  return { document, path: await writeAnalysis(run, stem, document) };
}

/** What the analysis is, so that a folder of them can be read: reestimate-linf-8-255. */
function fileName<Name extends string, Options extends z.ZodObject, Result extends z.ZodObject>(
  definition: AnalysisDefinition<Name, Options, Result>,
  request: AnalysisRequest<Name, Options>,
): readonly string[] {
  const norms = (request.attackOptions ?? []).map(({ norm }) => norm).slice(0, 1);
  const { epsilons = [] } = askedAttack(request) ?? {};
  const bounds = epsilons.length === 1 ? epsilons.map(({ text }) => text.replaceAll('/', '-')) : [];
  return [definition.name, ...(definition.fileName?.(request) ?? []), ...norms, ...bounds];
}

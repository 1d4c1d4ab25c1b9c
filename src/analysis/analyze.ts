/** An analysis carried out: of a network in an engine, with data in memory. Nothing of run directories; see experiments. */
import type { z } from 'zod';
import { InputError } from '../errors.ts';
import type {
  AnalysisContext,
  AnalysisDefinition,
  AnalysisRequest,
  Analyzed,
  RequestContext,
  TrainingData,
} from './definition.ts';
import { askedAttack, attackRecords, completeOptions } from './options.ts';

/** A context, with training data in memory, to be loaded, or none. */
export interface AnalysisInput extends Omit<AnalysisContext, 'training'> {
  readonly training?: TrainingData | (() => Promise<TrainingData>);
}

/**
 * Analyze a network. Moves none of its variables.
 *
 * @throws InputError for options that the analysis does not have or that do not fit. With a signal that is aborted, its reason.
 */
export async function analyze<Name extends string, Options extends z.ZodObject, Result extends z.ZodObject>(
  definition: AnalysisDefinition<Name, Options, Result>,
  { training, ...input }: AnalysisInput,
  options: Partial<z.input<Options>> | z.output<Options>,
): Promise<Analyzed<Name, Options, Result>> {
  const complete = completeOptions(definition, options);
  const context: AnalysisContext = {
    ...input,
    training: async () => {
      if (!training) throw new InputError(`${definition.name} needs training images: none were given`);
      return typeof training === 'function' ? training() : training;
    },
  };
  const result = definition.result.parse(await definition.run(context, complete));
  context.signal?.throwIfAborted();
  return { request: requestOf(definition, complete, context), result };
}

/** What the record of an analysis says was asked for, of options that are complete; see completeOptions. */
export function requestOf<Name extends string, Options extends z.ZodObject, Result extends z.ZodObject>(
  definition: AnalysisDefinition<Name, Options, Result>,
  options: z.output<Options>,
  context: RequestContext,
): AnalysisRequest<Name, Options> {
  const { batchSize: _, ...recorded } = options;
  const asked = askedAttack(options);
  const request = {
    analysis: definition.name,
    evaluationCells: context.evaluationCells,
    ...(asked ? { attackOptions: attackRecords(asked) } : {}),
    ...recorded,
    ...(options.examples === 'all' ? { examples: context.test.count } : {}),
    ...definition.request?.(options, context),
  };
  if (!isRequestOf(definition, request)) throw new RangeError('a request has the name of its analysis');
  return request;
}

/** By the name: its options were checked by the definition. */
function isRequestOf<Name extends string, Options extends z.ZodObject, Result extends z.ZodObject>(
  definition: AnalysisDefinition<Name, Options, Result>,
  request: { readonly analysis: unknown },
): request is AnalysisRequest<Name, Options> {
  return request.analysis === definition.name;
}

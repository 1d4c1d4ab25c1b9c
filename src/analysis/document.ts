/** Documents of analyses: the frame that all have, and how one is read by the definition of its name. */
import { z } from 'zod';
import { attackOptionsSchema, type DocumentSubject, documentSubjectSchema } from '../evaluation/index.ts';
import { cellSchema } from './accuracies.ts';
import { analyses, analysisNamed } from './analysis-table.ts';
import type { AnalysisDocumentOf, Analyzed, AnyAnalysis, DocumentOf } from './definition.ts';
import { askedAttack } from './options.ts';

/** A document of any analysis. */
export type AnyAnalysisDocument = AnalysisDocumentOf;

const frame = {
  document: z.literal('analysis'),
  version: z.literal(2),
  created: z.iso.datetime(),
  subject: documentSubjectSchema,
  digest: z.string().exactOptional(),
};

const requestFrame = {
  evaluationCells: z.object({ clean: cellSchema, robust: cellSchema }),
  attackOptions: z.array(attackOptionsSchema).exactOptional(),
};

/** The schema of an analysis' documents. */
export function documentSchemaOf({ name, options, result }: AnyAnalysis) {
  const { batchSize: _, ...recorded } = options.shape;
  const request = z.looseObject({ analysis: z.literal(name), ...requestFrame, ...recorded });
  return z.object({ ...frame, request, result });
}

/** Enough of a document to tell whose it is. */
const headSchema = z.looseObject({
  document: z.literal('analysis'),
  request: z.looseObject({ analysis: z.string() }),
});

/**
 * The schema of documents of these analyses. One of another analysis is refused, with its name: whoever made it has its
 * definition.
 */
export function analysisDocumentSchema(definitions: readonly AnyAnalysis[] = analyses) {
  return z.unknown().transform((value, { issues }): AnyAnalysisDocument => {
    const refuse = (path: PropertyKey[], message: string) => {
      issues.push({ code: 'custom', path, message, input: value });
      return z.NEVER;
    };
    if (typeof value === 'object' && value !== null && 'analysis' in value && !('version' in value))
      return refuse(['version'], 'made by an older version of this program: analyze the run again');
    const head = headSchema.safeParse(value);
    if (!head.success) return refuse(['document'], 'this is no document of an analysis');
    const { analysis } = head.data.request;
    const definition = analysisNamed(analysis, definitions);
    if (!definition)
      return refuse(
        ['request', 'analysis'],
        `the analysis '${analysis}' is not known here: its definition is needed`,
      );
    const parsed = documentSchemaOf(definition).safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) refuse([...path], message);
    return z.NEVER;
  });
}

/** Whether a document that was read is of an analysis. */
export function isDocumentOf<Definition extends AnyAnalysis>(
  definition: Definition,
  document: AnyAnalysisDocument,
): document is DocumentOf<Definition> {
  return document.request.analysis === definition.name;
}

/** The one bound of the attack of a document, as written; undefined for none or several. */
export function epsilonOf({ request }: AnyAnalysisDocument): string | undefined {
  const { epsilons = [] } = askedAttack(request) ?? {};
  return epsilons.length === 1 ? epsilons[0].text : undefined;
}

/** Those of some documents that are of an analysis. */
export function documentsOf<Definition extends AnyAnalysis>(
  definition: Definition,
  documents: readonly AnyAnalysisDocument[],
): DocumentOf<Definition>[] {
  return documents.filter((document) => isDocumentOf(definition, document));
}

/** What an analysis found, as a document. */
export function analysisDocument<
  Name extends string,
  Options extends z.ZodObject,
  Result extends z.ZodObject,
>(
  { request, result }: Analyzed<Name, Options, Result>,
  subject: DocumentSubject,
  created: string,
): AnalysisDocumentOf<Name, Options, Result> {
  return { document: 'analysis', version: 2, created, subject, request, result };
}

/** What analyses found, as their definitions show it: the same for one run and for the seeds of a regime. */
import {
  type AnalysisDocument,
  type AnalysisName,
  type AnyAnalysis,
  type AnyAnalysisDocument,
  analyses,
  documentsOf,
} from '../analysis/index.ts';
import { type Block, type FigureSubject, figures, part, slug } from '../figures/index.ts';

export type AnalysisOf<Name extends AnalysisName> = AnalysisDocument<Name>;

/** The documents of an analysis of the table. */
export const analysesOf = <Name extends AnalysisName>(
  all: readonly AnyAnalysisDocument[],
  name: Name,
): AnalysisOf<Name>[] =>
  all.filter((document): document is AnalysisOf<Name> => document.request.analysis === name);

/** One analysis of a subject, as it was drawn; nothing where it cannot be. */
export async function analysisBlocks(
  definition: AnyAnalysis,
  subject: FigureSubject<AnyAnalysisDocument>,
): Promise<Block[]> {
  if (subject.documents.length === 0) return [];
  const drawn = await figures(definition.figures?.(subject) ?? []);
  return [...(definition.sectionTables?.(subject) ?? []), ...drawn];
}

/** All analyses of a run, each under its heading; of several of a kind, each by itself. */
export async function runAnalyses(
  run: string,
  all: readonly AnyAnalysisDocument[],
  definitions: readonly AnyAnalysis[] = analyses,
): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const definition of definitions) {
    const documents = documentsOf(definition, all);
    const drawn = await Promise.all(
      documents.map((document, at) => {
        const number = documents.length > 1 ? `-${at + 1}` : '';
        return analysisBlocks(definition, {
          id: `${slug(run)}-${definition.name}${number}`,
          label: run,
          documents: [document],
        });
      }),
    );
    blocks.push(...part(definition.heading, drawn.flat()));
  }
  return blocks;
}

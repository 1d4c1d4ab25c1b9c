/** What analyses found, kind by kind: the same for one run and for the seeds of a regime. */
import type { AnalysisDocument, AnalysisName } from '../../analysis/index.ts';
import {
  type Block,
  epsilonCurve,
  type Figure,
  type FigureSubject,
  figures,
  part,
  slug,
} from '../../figures/index.ts';
import { affineChannels, gapChannels } from './channel-bars.ts';
import { curvePoints } from './curve-points.ts';
import { distanceTable } from './distance-table.ts';
import { interpolationOf } from './interpolation-figure.ts';
import { affineLayers, gapLayers } from './layer-distances.ts';
import { reestimationOf } from './reestimation-figure.ts';
import { transferOf } from './transfer-figure.ts';

export type AnalysisOf<Name extends AnalysisName> = Extract<AnalysisDocument, { analysis: Name }>;

/** The analyses of a kind. */
export const analysesOf = <Name extends AnalysisName>(
  all: readonly AnalysisDocument[],
  name: Name,
): AnalysisOf<Name>[] => all.filter((document): document is AnalysisOf<Name> => document.analysis === name);

interface Kind<Name extends AnalysisName> {
  readonly heading: string;
  readonly figures: (subject: FigureSubject<AnalysisOf<Name>>) => readonly (Figure | undefined)[];
  readonly tables?: (subject: FigureSubject<AnalysisOf<Name>>) => readonly Block[];
}

/** A further kind of analysis is a further row. */
const kinds: { readonly [Name in AnalysisName]: Kind<Name> } = {
  reestimate: {
    heading: 'NS re-estimated through the AP that use them',
    figures: (subject) => [reestimationOf(subject)],
  },
  interpolate: {
    heading: 'AP interpolated',
    figures: (subject) => [interpolationOf(subject)],
  },
  transfer: {
    heading: 'Attack through one cell, prediction through another',
    figures: (subject) => [transferOf(subject)],
  },
  curve: {
    heading: 'Accuracy over epsilon',
    figures: ({ id, label, documents }) => [
      epsilonCurve({
        id,
        title: label,
        points: documents.flatMap((document) => curvePoints(document)),
        examples: documents[0].examples,
        lines: 'a line for each cell, attacked through itself',
      }),
    ],
  },
  gap: {
    heading: 'The gap in NS between versions of the same images',
    figures: ({ id, ...rest }) => [
      ...gapLayers({ id, ...rest }),
      gapChannels({ id: `${id}-channels`, ...rest }),
    ],
    tables: distanceTable,
  },
  affine: {
    heading: 'The distance between the AP of branches',
    figures: ({ id, ...rest }) => [
      affineLayers({ id, ...rest }),
      affineChannels({ id: `${id}-channels`, ...rest }),
    ],
    tables: distanceTable,
  },
};

/** One kind of analysis of a subject, as it was drawn; nothing where it cannot be. */
export async function analysisBlocks<Name extends AnalysisName>(
  name: Name,
  subject: FigureSubject<AnalysisOf<Name>>,
): Promise<Block[]> {
  if (subject.documents.length === 0) return [];
  const kind: Kind<Name> = kinds[name];
  return [...(kind.tables?.(subject) ?? []), ...(await figures(kind.figures(subject)))];
}

/** All analyses of a run, each under its heading; of several of a kind, each by itself. */
export async function runAnalyses(run: string, all: readonly AnalysisDocument[]): Promise<Block[]> {
  const blocks: Block[] = [];
  for (const name of analysisNames) {
    const documents = analysesOf(all, name);
    const drawn = await Promise.all(
      documents.map((document, at) => {
        const number = documents.length > 1 ? `-${at + 1}` : '';
        return analysisBlocks(name, {
          id: `${slug(run)}-${name}${number}`,
          label: run,
          documents: [document],
        });
      }),
    );
    blocks.push(...part(kinds[name].heading, drawn.flat()));
  }
  return blocks;
}

const analysisNames = ['reestimate', 'interpolate', 'curve', 'transfer', 'gap', 'affine'] as const;

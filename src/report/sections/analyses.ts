/** What analyses found, kind by kind: the same for one run and for the seeds of a regime. */
import type { AnalysisDocument, AnalysisName, AnyAnalysisDocument } from '../../analysis/index.ts';
import { affineChannels, gapChannels } from '../figures/analyses/channels.ts';
import { curvePoints } from '../figures/analyses/curve-points.ts';
import { epsilonCurve } from '../figures/analyses/epsilon-curve.ts';
import { interpolationOf } from '../figures/analyses/interpolation.ts';
import { affineLayers, gapLayers } from '../figures/analyses/layer-distances.ts';
import { reestimationOf } from '../figures/analyses/reestimation.ts';
import type { Subject } from '../figures/analyses/subject.ts';
import { transferOf } from '../figures/analyses/transfer.ts';
import type { Figure } from '../figures/figure.ts';
import { slug } from '../format.ts';
import { figures, part } from './blocks.ts';
import { distanceTable } from './distance-table.ts';
import type { Block } from './section.ts';

export type Of<Name extends AnalysisName> = AnalysisDocument<Name>;

/** The analyses of a kind. */
export const analysesOf = <Name extends AnalysisName>(
  all: readonly AnyAnalysisDocument[],
  name: Name,
): Of<Name>[] => all.filter((document): document is Of<Name> => document.request.analysis === name);

interface Kind<Name extends AnalysisName> {
  readonly heading: string;
  readonly figures: (subject: Subject<Of<Name>>) => readonly (Figure | undefined)[];
  readonly tables?: (subject: Subject<Of<Name>>) => readonly Block[];
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
        examples: documents[0].result.examples,
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
  subject: Subject<Of<Name>>,
): Promise<Block[]> {
  if (subject.documents.length === 0) return [];
  const kind: Kind<Name> = kinds[name];
  return [...(kind.tables?.(subject) ?? []), ...(await figures(kind.figures(subject)))];
}

/** All analyses of a run, each under its heading; of several of a kind, each by itself. */
export async function runAnalyses(run: string, all: readonly AnyAnalysisDocument[]): Promise<Block[]> {
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

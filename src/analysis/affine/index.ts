/** How far branches are apart, as an analysis of a run: see affine.ts. */

import { z } from 'zod';
import {
  type Block,
  type Figure,
  type FigureSubject,
  html,
  seedsText,
  seriesOf,
} from '../../figures/index.ts';
import { leftColumn, rightColumn } from '../accuracies.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import {
  channelFigure,
  channelSets,
  channelValues,
  distanceTable,
  layerPanels,
  measureCells,
  measuresShape,
  roundedMeasures,
  shownDistance,
} from '../distances.ts';
import { measureNames } from '../measures.ts';
import { affineDistances, type ChannelSets, quantityNames } from './affine.ts';

// The options and the result.

export const affineOptions = z.strictObject({});

export const affineResult = z.object({
  /** Empty for a network of one set of each. */
  distances: z.array(
    z.object({
      /** gamma and beta of two AP; mu and sigma of two running NS. */
      quantity: z.enum(quantityNames),
      branches: z.tuple([z.string(), z.string()]),
      /** Over layers. */
      average: z.object(measuresShape),
      layers: z.array(z.object({ layer: z.string(), ...measuresShape })),
    }),
  ),
  /** By branch. */
  channels: z.array(
    z.object({
      layer: z.string(),
      gamma: channelSets,
      beta: channelSets,
      mu: channelSets,
      sigma: channelSets,
    }),
  ),
});

export type AffineDocument = AnalysisDocumentOf<'affine', typeof affineOptions, typeof affineResult>;

// The distances in reports: by layer and averaged, and the AP of one layer's channels.

/** Of a network's own values: AP of one branch against another's, and running NS. @returns undefined for one of each. */
export function affineLayers({ id, label, documents }: FigureSubject<AffineDocument>): Figure | undefined {
  const rows = documents.flatMap(({ subject: { seed }, result: { distances } }) =>
    distances.flatMap(({ quantity, branches, layers }) =>
      layers.map(({ layer, wasserstein, cosine }) => ({
        quantity,
        pair: branches.join('-'),
        seed: String(seed),
        layer,
        value: wasserstein,
        cosine,
      })),
    ),
  );
  if (rows.length === 0) return undefined;
  const series = seriesOf([...new Set(rows.map(({ pair }) => pair))]);
  return {
    id,
    title: `${label}: distance of AP and running NS by layer`,
    caption: html`${label}: 1-Wasserstein distance between the channels of two branches, by BN layer: gamma and beta of their AP,
      mu and sigma of their running NS. ${seedsText(documents.length)}`,
    key: series.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels: layerPanels(label, rows, series),
    data: rows.map((row) => ({ label, ...row })),
  };
}

export function affineChannels({ id, label, documents }: FigureSubject<AffineDocument>): Figure | undefined {
  const layers = documents[0].result.channels.map(({ layer, gamma, beta }) => ({
    layer,
    quantities: { gamma, beta },
  }));
  if (layers.every(({ quantities }) => Object.keys(quantities.gamma).length < 2)) return undefined;
  return channelFigure(id, label, layers, 'AP of the branches');
}

export function affineTable(subject: FigureSubject<AffineDocument>): Block[] {
  return distanceTable(
    subject,
    subject.documents.flatMap(({ subject: { seed }, result: { distances } }) =>
      distances.map(({ quantity, branches, average }) => ({
        through: '',
        quantity,
        pair: branches.join('-'),
        seed: seed ?? 0,
        ...average,
      })),
    ),
  );
}

const written = (sets: ChannelSets) =>
  Object.fromEntries(Object.entries(sets).map(([branch, values]) => [branch, channelValues(values)]));

export const affineAnalysis = defineAnalysis({
  name: 'affine',
  summary: 'distances between the AP of branches, and between their running NS',
  heading: 'The distance between the AP of branches',
  options: affineOptions,
  result: affineResult,
  run(context) {
    const { distances, channels } = affineDistances(context);
    return {
      distances: distances.map(({ quantity, branches: [a, b], average, layers }) => ({
        quantity,
        branches: [a, b] satisfies [string, string],
        average: roundedMeasures(average),
        layers: layers.map(({ layer, ...measures }) => ({ layer, ...roundedMeasures(measures) })),
      })),
      channels: channels.map(({ layer, gamma, beta, mu, sigma }) => ({
        layer,
        gamma: written(gamma),
        beta: written(beta),
        mu: written(mu),
        sigma: written(sigma),
      })),
    };
  },
  tables({ result: { distances } }) {
    if (distances.length === 0)
      return [{ title: 'One set of NS and of AP: there is nothing to compare', columns: [], rows: [] }];
    const names = distances.map(({ quantity, branches }) => `${quantity} ${branches.join('-')}`);
    const layers = [...new Set(distances.flatMap((each) => each.layers.map(({ layer }) => layer)))];
    return [
      {
        title: 'Mean over layers (gamma, beta: AP; mu, sigma: running NS)',
        columns: [leftColumn(''), ...measureNames.map(rightColumn)],
        rows: distances.map(({ average }, at) => [names[at], ...measureCells(average)]),
      },
      {
        title: 'Distance by layer',
        columns: [leftColumn('layer'), ...names.map(rightColumn)],
        rows: layers.map((layer) => [
          layer,
          ...distances.map((each) => {
            const found = each.layers.find((one) => one.layer === layer);
            return found ? shownDistance(found.distance) : '';
          }),
        ]),
      },
    ];
  },
  figures: (subject) => [affineLayers(subject), affineChannels({ ...subject, id: `${subject.id}-channels` })],
  sectionTables: (subject) => affineTable(subject),
});

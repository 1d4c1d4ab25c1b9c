/** The distances of branches in reports: by layer and averaged, and the AP of one layer's channels. */
import {
  type Block,
  type Figure,
  type FigureSubject,
  html,
  seedsText,
  seriesOf,
} from '../../figures/index.ts';
import { channelFigure, distanceTable, layerPanels } from '../distance-figures.ts';
import type { AffineDocument } from './document.ts';

/** Of a network's own values: AP of one branch against another's, and running NS. @returns undefined for one of each. */
export function affineLayers({ id, label, documents }: FigureSubject<AffineDocument>): Figure | undefined {
  const rows = documents.flatMap(({ subject: { seed }, result: { distances } }) =>
    distances.flatMap(({ quantity, branches, layers }) =>
      layers.map(({ layer, wasserstein, cosine }) => ({
        quantity,
        pair: branches.join('-'),
        seed: String(seed),
        layer,
        wasserstein,
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

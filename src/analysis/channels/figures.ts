/** In reports: accuracies by how many channels' AP are exchanged, in each order. */
import { type Figure, type FigureSubject, html, plural, seedsText } from '../../figures/index.ts';
import { directionName, shortDirection } from '../exchange-effects.ts';
import {
  type ExchangePoint,
  exchangeData,
  exchangePanels,
  exchangeSeries,
  pointAccuracy,
} from '../exchange-figures.ts';
import type { ChannelsDocument } from './document.ts';
import { type OrderName, orderNames } from './orders.ts';

export const orderTexts: Readonly<Record<OrderName, string>> = {
  top: 'largest attribution',
  random: 'drawn of all',
  'random-by-layer': 'as many of each layer, drawn',
};

const lines = exchangeSeries(orderNames);

/** Shares stand at equal distances: 0, those of the request, and 1. */
export function channelsFigure({ id, label, documents }: FigureSubject<ChannelsDocument>): Figure {
  const [{ request, result }] = documents;
  const { attack, epsilon, shares } = request;
  const { examples, estimation, directions, layers } = result;
  const labels = ['0', ...shares, '1'];
  const shown = lines.filter(({ name }) => result.rows.some(({ order }) => order === name));
  const points = documents.flatMap(({ subject, result: { rows } }) =>
    rows.flatMap((row): ExchangePoint[] => {
      const { into, order, share, draw } = row;
      const at = order === 'none' ? 0 : share === undefined ? labels.length - 1 : labels.indexOf(share);
      const seed = draw === undefined ? String(subject.seed) : `${subject.seed}, draw ${draw + 1}`;
      // Nothing and everything are ends of every line.
      const series = order === 'none' || order === 'all' ? shown.map(({ name }) => name) : [order];
      return series.map((name) => ({ into, series: name, x: at, seed, ...pointAccuracy(row, attack) }));
    }),
  );
  const channels = layers.reduce((total, layer) => total + layer.channels, 0);
  return {
    id,
    title: `${label}: gamma and beta of some channels exchanged`,
    caption: html`${label}: gamma and beta of some of ${channels} channels put into the other branch, by their share.
      ${directions.map(directionName).join('; ')}. ${plural(examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}${estimation && `, each estimate of NS of ${plural(estimation.images, 'training image')}`}.
      ${seedsText(documents.length)}`,
    key: shown.map(({ name, color, shape }) => ({ label: orderTexts[name], color, mark: shape })),
    panels: exchangePanels({
      ...{ label, attack, points, series: shown },
      x: { title: 'share of channels', format: 'd', values: labels.map((_, at) => at), labels },
      of: (into) => shortDirection(directions, into),
    }),
    data: exchangeData(label, attack, points).map(({ position, ...row }) => ({
      ...row,
      share: labels[Number(position)],
    })),
  };
}

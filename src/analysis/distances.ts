/**
 * Distances between sets of channel values (measures.ts), what gap and affine have in common: in documents, and what reports show
 * of them: by layer, averaged as a table, and the channels of one layer as bars.
 */
import { z } from 'zod';
import {
  type Block,
  bars,
  distance,
  type Figure,
  type FigureSubject,
  groupBy,
  type Html,
  html,
  type KeyEntry,
  lineChart,
  mean,
  type Panel,
  paint,
  panelWidth,
  type Series,
  seriesOf,
  table,
} from '../figures/index.ts';
import { intervalSchema } from './accuracies.ts';
import { type Estimate, type Measures, measureNames } from './measures.ts';

export type EstimatedMeasures = Readonly<Record<keyof Measures, Estimate>>;

/** A mean over batches with its bootstrap interval over batches. */
export const estimateSchema = z.object({ value: z.number(), interval: intervalSchema });
export const estimatesShape = {
  distance: estimateSchema,
  wasserstein: estimateSchema,
  cosine: estimateSchema,
};
export const measuresShape = { distance: z.number(), wasserstein: z.number(), cosine: z.number() };

/** The values of a layer's channels, by branch or by version of the images; to five digits. */
export const channelSets = z.record(z.string(), z.array(z.number()));

export const significant = (value: number, count: number) => Number(value.toPrecision(count));
/** Digits of a distance in a document: more than its interval means. */
export const digits = 6;

/** As documents keep what was measured; never -0, which JSON does not know. */
export const rounded = (value: number) => significant(value, digits) + 0;

export const channelValues = (values: Float64Array) => Array.from(values, (value) => significant(value, 5));

export const roundedEstimate = ({ value, interval: [low, high] }: Estimate) => ({
  value: significant(value, digits),
  interval: [significant(low, digits), significant(high, digits)] satisfies [number, number],
});

export const roundedEstimates = ({ distance, wasserstein, cosine }: EstimatedMeasures) => ({
  distance: roundedEstimate(distance),
  wasserstein: roundedEstimate(wasserstein),
  cosine: roundedEstimate(cosine),
});

export const roundedMeasures = ({ distance, wasserstein, cosine }: Measures): Measures => ({
  distance: significant(distance, digits),
  wasserstein: significant(wasserstein, digits),
  cosine: significant(cosine, digits),
});

/** To three digits. */
export const shownDistance = (value: number) => (value === 0 ? '0' : value.toPrecision(3));

/** Cosines of statistics are near 1, where three digits would hide all difference. */
const shown = (name: keyof Measures, value: number) =>
  name === 'cosine' ? value.toFixed(5) : shownDistance(value);

export const measureCells = (measures: Measures) => measureNames.map((name) => shown(name, measures[name]));

export const estimateCells = (measures: EstimatedMeasures) =>
  measureNames.map((name) => {
    const { value, interval } = measures[name];
    return `${shown(name, value)} [${shown(name, interval[0])}, ${shown(name, interval[1])}]`;
  });

/** A distance of one layer of one network. */
export interface LayerDistance {
  /** A panel each: 'mu'. */
  readonly quantity: string;
  /** A line each: 'adv-clean'. */
  readonly pair: string;
  readonly seed: string;
  readonly layer: string;
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** A panel a quantity; means over seeds, and the single ones thin. */
export function layerPanels(
  label: string,
  rows: readonly LayerDistance[],
  series: readonly Series[],
  axis = 'Wasserstein distance',
): Panel[] {
  const layers = [...new Set(rows.map(({ layer }) => layer))];
  const quantities = [...groupBy(rows, ({ quantity }) => quantity)];
  return quantities.map(([quantity, distances]) => {
    const groups = [...groupBy(distances, ({ pair, layer }) => `${pair} ${layer}`).values()];
    const means = groups.map((group) => ({
      series: group[0].pair,
      x: layers.indexOf(group[0].layer) + 1,
      y: mean(group.map(({ value }) => value)),
      low: group.length === 1 ? group[0].low : undefined,
      high: group.length === 1 ? group[0].high : undefined,
    }));
    const single = groups.flatMap((group) =>
      group.length > 1
        ? group.map(({ pair, layer, seed, value }) => ({
            series: pair,
            x: layers.indexOf(layer) + 1,
            y: value,
            seed: `${pair} ${seed}`,
          }))
        : [],
    );
    return {
      name: quantity,
      title: quantity,
      description: `Distance of ${quantity} of ${label} by layer`,
      chart: lineChart({
        rows: [...means, ...single],
        series,
        x: { title: 'BN layer', format: 'd', domain: [1, Math.max(2, layers.length)] },
        y: { title: axis, format: '.6~f' },
        width: panelWidth(quantities.length),
      }),
    };
  });
}

/** A distance averaged over the layers of one network. */
export interface AverageDistance {
  /** The AP that samples went through; '' where that does not matter. */
  readonly through: string;
  readonly quantity: string;
  readonly pair: string;
  readonly seed: number;
  /** Per channel, between the sets of channels, and how alike in direction. */
  readonly distance: number;
  readonly wasserstein: number;
  readonly cosine: number;
  readonly low?: number;
  readonly high?: number;
  /** Channel by channel as a share of sigma, and the same without sampling error, where they were measured. */
  readonly scaled?: number;
  readonly unbiased?: number;
}

/** Distances averaged over layers, and over seeds where there are several. */
export function distanceTable(
  { id, label, documents }: FigureSubject<unknown>,
  rows: readonly AverageDistance[],
): Block[] {
  if (rows.length === 0) return [];
  const groups = [
    ...groupBy(rows, ({ through, quantity, pair }) => `${through} ${quantity} ${pair}`).values(),
  ];
  const matched = rows.some(({ scaled }) => scaled !== undefined);
  const columns = [
    ...['AP', 'of', 'pair', 'Wasserstein', 'per channel', 'cosine'],
    ...(matched ? ['share of sigma', 'without sampling error'] : []),
  ];
  const through = groups.some(([{ through: name }]) => name !== '');
  return table({
    id: `${id}-table`,
    body: html`<table class="cells"><caption>${label}: distances averaged over layers${documents.length > 1 && `, means of ${documents.length} seeds`}</caption>
      <thead><tr>${columns.slice(through ? 0 : 1).map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${groups.map((group) => rowHtml(group, through, matched))}</tbody></table>`,
    data: rows.map((row) => ({ label, ...row })),
  });
}

const rowHtml = (group: readonly AverageDistance[], through: boolean, matched: boolean): Html => {
  const [first] = group;
  const of = (name: 'wasserstein' | 'distance' | 'cosine') => mean(group.map((row) => row[name]));
  const optional = (name: 'scaled' | 'unbiased') => {
    const found = group.flatMap((row) => row[name] ?? []);
    return html`<td>${found.length === group.length ? distance(mean(found)) : '–'}</td>`;
  };
  const interval =
    group.length === 1 && first.low !== undefined && first.high !== undefined
      ? html` <small>${distance(first.low)}–${distance(first.high)}</small>`
      : undefined;
  return html`<tr>${through && html`<td>${first.through}</td>`}<td>${first.quantity}</td><td>${first.pair}</td>
    <td>${distance(of('wasserstein'))}${interval}</td><td>${distance(of('distance'))}</td><td>${of('cosine').toFixed(5)}</td>${matched && html`${optional('scaled')}${optional('unbiased')}`}</tr>`;
};

/** Wider layers show their first ones: more bars than that are no longer bars on a phone. */
const most = 16;

const fixed: readonly Series[] = [
  { name: 'clean', color: paint('clean'), shape: 'circle' },
  { name: 'adv', color: paint('adv'), shape: 'square' },
  { name: 'noise', color: paint('noise'), shape: 'triangle' },
];

type Sets = Readonly<Record<string, readonly number[]>>;

interface Layer {
  readonly layer: string;
  /** mu, sigma, gamma or beta, by version or branch. */
  readonly quantities: Readonly<Record<string, Sets>>;
}

/** The layer halfway through the network. @returns undefined where there are no channels. */
export function channelFigure(
  id: string,
  label: string,
  layers: readonly Layer[],
  what: string,
): Figure | undefined {
  const shown = layers[Math.floor(layers.length / 2)];
  if (!shown) return undefined;
  const names = [...new Set(Object.values(shown.quantities).flatMap(Object.keys))].filter(
    (name) => name !== 'clean-2' && name !== 'running',
  );
  const known = fixed.filter(({ name }) => names.includes(name));
  const series = known.length === names.length ? known : seriesOf(names);
  const channels = Math.max(
    ...Object.values(shown.quantities).flatMap((sets) => Object.values(sets).map(({ length }) => length)),
  );
  const panels = Object.entries(shown.quantities).map(
    ([quantity, sets]): Panel => ({
      name: quantity,
      title: quantity,
      description: `${quantity} of the channels of ${shown.layer} of ${label}: ${names.join(', ')}`,
      chart: bars({
        rows: names.flatMap((name) =>
          (sets[name] ?? []).slice(0, most).map((value, channel) => ({ channel, series: name, value })),
        ),
        series,
        title: quantity,
      }),
    }),
  );
  return {
    id,
    title: `${label}: ${what}, layer ${shown.layer}`,
    caption: html`${label}: ${what}, in the layer halfway through the network (${shown.layer})${channels > most && `, the first ${most} of its ${channels} channels; the data has all`}.`,
    key: series.map(({ name, color }): KeyEntry => ({ label: name, color, mark: 'bar' })),
    panels,
    data: Object.entries(shown.quantities).flatMap(([quantity, sets]) =>
      Object.entries(sets).flatMap(([name, values]) =>
        values.map((value, channel) => ({ label, layer: shown.layer, quantity, of: name, channel, value })),
      ),
    ),
  };
}

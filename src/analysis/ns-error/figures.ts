/** Figures and the table of ns-error in reports: errors by layer, and averaged. */
import {
  type Block,
  cellName,
  distance,
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  lineChart,
  mean,
  type Panel,
  panelWidth,
  partsName,
  plural,
  type Series,
  seedsText,
  seriesOf,
  table,
} from '../../figures/index.ts';
import type { NsErrorDocument, NsErrorResult } from './document.ts';
import { batchSources, preciseSources } from './ns-error.ts';

interface ErrorRow {
  /** What the error is of: a cell's running NS, or one batch. */
  readonly of: string;
  readonly source: string;
  readonly seed: string;
  readonly mu: number;
  readonly sigma: number;
}
type LayerRow = ErrorRow & { readonly layer: string };
type Errors = NsErrorResult['batchErrors'][number] | NsErrorResult['cells'][number]['precise'][number];

const quantities = { mu: 'mu, in units of sigma', sigma: 'log sigma' } as const;

/** A panel each for mu and sigma; a line for each source. */
function errorPanels(label: string, rows: readonly LayerRow[], series: readonly Series[]): Panel[] {
  const layers = [...new Set(rows.map(({ layer }) => layer))];
  const several = new Set(rows.map(({ seed }) => seed)).size > 1;
  return (['mu', 'sigma'] as const).map((quantity) => {
    const means = [...groupBy(rows, ({ source, layer }) => `${source} ${layer}`).values()].map((group) => ({
      series: group[0].source,
      x: layers.indexOf(group[0].layer) + 1,
      y: mean(group.map((row) => row[quantity])),
    }));
    const single = several
      ? rows.map((row) => ({
          series: row.source,
          x: layers.indexOf(row.layer) + 1,
          y: row[quantity],
          seed: `${row.source} ${row.seed}`,
        }))
      : [];
    return {
      name: quantity,
      title: `Error of ${quantities[quantity]}`,
      description: `Error of ${quantity} of ${label} by layer`,
      chart: lineChart({
        rows: [...means, ...single],
        series,
        x: { title: 'BN layer', format: 'd', domain: [1, Math.max(2, layers.length)] },
        y: { title: 'error', format: '.6~f' },
        width: panelWidth(2),
      }),
    };
  });
}

const seedOf = ({ subject: { seed } }: NsErrorDocument) => String(seed);
const keyOf = (series: readonly Series[]) =>
  series.map(({ name, color, shape }) => ({ label: name, color, mark: shape }));

const layerRows = (of: string, seed: string, { source, layers }: Errors): LayerRow[] =>
  layers.map(({ layer, mu, sigma }) => ({ of, source, seed, layer, mu, sigma }));

/** Of the running NS of every cell, against precise ones: a figure each. */
export function runningErrorLayers({ id, label, documents }: FigureSubject<NsErrorDocument>): Figure[] {
  const rows = documents.flatMap((document) =>
    document.result.cells.flatMap((cell) =>
      cell.precise.flatMap((precise) => layerRows(cellName(cell), seedOf(document), precise)),
    ),
  );
  const { images } = documents[0].result.estimation;
  const series = seriesOf([...preciseSources]);
  return [...groupBy(rows, ({ of }) => of)].map(([of, group], at) => ({
    id: at === 0 ? id : `${id}-${at + 1}`,
    title: `${label}, ${of}: running NS against precise NS`,
    caption: html`${label}, ${of}: how far running NS are from precise NS of ${plural(images, 'training image')} of a type through the same AP, channel
      against channel, in units of the channel's sigma (mu) and of its logarithm (sigma), by BN layer. ${seedsText(documents.length)}`,
    key: keyOf(series),
    panels: errorPanels(`${label}, ${of}`, group, series),
    data: group.map((row) => ({ label, ...row })),
  }));
}

/**
 * One error of every kind of batch: of several AP, clean images through those of clean accuracy and adversarial ones through those of
 * robustness, as in the parts of a mixture.
 */
const shownBatches = ({ batchErrors }: NsErrorResult) =>
  batchSources.flatMap((source) => {
    const found = batchErrors.filter((each) => each.source === source);
    const mixed = batchErrors.find((each) => each.source === 'pairs')?.through ?? [];
    const wanted = mixed[source === 'adv' ? 1 : 0];
    return found.length < 2
      ? found
      : found.filter(({ through: [ap] }) => wanted && ap && partsName(ap) === partsName(wanted)).slice(0, 1);
  });

export function batchErrorLayers({
  id,
  label,
  documents,
}: FigureSubject<NsErrorDocument>): Figure | undefined {
  const rows = documents.flatMap((document) =>
    shownBatches(document.result).flatMap((each) => layerRows('one batch', seedOf(document), each)),
  );
  const { batchSize, batches } = documents[0].result.estimation;
  const series = seriesOf([...batchSources]);
  return {
    id,
    title: `${label}: the error of the NS of one batch`,
    caption: html`${label}: standard error of the NS of one batch of ${batchSize} images, in units of the channel's sigma (mu) and of its logarithm
      (sigma), by BN layer, from ${batches} batches. mixture: half of the images attacked; pairs: ${batchSize} images and the same attacked, as in a training
      step. ${seedsText(documents.length)}`,
    key: keyOf(series),
    panels: errorPanels(label, rows, series),
    data: rows.map((row) => ({ label, ...row })),
  };
}

/** Errors averaged over layers, and over seeds where there are several. */
export function nsErrorTable({ id, label, documents }: FigureSubject<NsErrorDocument>): Block[] {
  const rows = documents.flatMap((document): ErrorRow[] => [
    ...document.result.cells.flatMap((cell) =>
      cell.precise.map(({ source, mu, sigma }) => ({
        ...{
          of: `running NS of ${cellName(cell)}, against precise`,
          source,
          seed: seedOf(document),
          mu,
          sigma,
        },
      })),
    ),
    ...shownBatches(document.result).map(({ source, images, mu, sigma }) => ({
      ...{ of: `one batch of ${plural(images, 'image')}`, source, seed: seedOf(document), mu, sigma },
    })),
  ]);
  const groups = [...groupBy(rows, ({ of, source }) => `${of} ${source}`).values()];
  const several = documents.length > 1 && `, means of ${documents.length} seeds`;
  return table({
    id: `${id}-table`,
    body: html`<table class="cells"><caption>${label}: errors of NS averaged over layers${several}</caption>
      <thead><tr>${['error of', 'samples', 'mu', 'sigma'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${groups.map(
        (group) => html`<tr><td>${group[0].of}</td><td>${group[0].source}</td>
          <td>${distance(mean(group.map(({ mu }) => mu)))}</td><td>${distance(mean(group.map(({ sigma }) => sigma)))}</td></tr>`,
      )}</tbody></table>`,
    data: rows.map((row) => ({ label, ...row })),
  });
}

/** Distances averaged over layers as a table: of NS of versions of images with the yardstick, or of the AP of branches. */
import type { AffineDocument, GapDocument } from '../../analysis/index.ts';
import {
  type Block,
  distance,
  type FigureSubject,
  groupBy,
  type Html,
  html,
  mean,
  partsName,
  table,
} from '../../figures/index.ts';

interface Row {
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
}

export function distanceTable({
  id,
  label,
  documents,
}: FigureSubject<GapDocument | AffineDocument>): Block[] {
  const rows = documents.flatMap(rowsOf);
  if (rows.length === 0) return [];
  const groups = [
    ...groupBy(rows, ({ through, quantity, pair }) => `${through} ${quantity} ${pair}`).values(),
  ];
  const columns = ['AP', 'of', 'pair', 'Wasserstein', 'per channel', 'cosine'];
  const through = groups.some(([{ through: name }]) => name !== '');
  return table({
    id: `${id}-table`,
    body: html`<table class="cells"><caption>${label}: distances averaged over layers${documents.length > 1 && `, means of ${documents.length} seeds`}</caption>
      <thead><tr>${columns.slice(through ? 0 : 1).map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${groups.map((group) => rowHtml(group, through))}</tbody></table>`,
    data: rows.map((row) => ({ label, ...row })),
  });
}

const rowHtml = (group: readonly Row[], through: boolean): Html => {
  const [first] = group;
  const of = (name: 'wasserstein' | 'distance' | 'cosine') => mean(group.map((row) => row[name]));
  const interval =
    group.length === 1 && first.low !== undefined && first.high !== undefined
      ? html` <small>${distance(first.low)}–${distance(first.high)}</small>`
      : undefined;
  return html`<tr>${through && html`<td>${first.through}</td>`}<td>${first.quantity}</td><td>${first.pair}</td>
    <td>${distance(of('wasserstein'))}${interval}</td><td>${distance(of('distance'))}</td><td>${of('cosine').toFixed(5)}</td></tr>`;
};

function rowsOf(document: GapDocument | AffineDocument): Row[] {
  const { seed } = document;
  if (document.analysis === 'affine')
    return document.distances.map(({ quantity, branches, average }) => ({
      through: '',
      quantity,
      pair: branches.join('-'),
      seed,
      ...average,
    }));
  return document.branches.flatMap((branch) =>
    branch.distances.map(({ pair, statistic, average }) => ({
      through: partsName(branch),
      quantity: statistic,
      pair,
      seed,
      distance: average.distance.value,
      wasserstein: average.wasserstein.value,
      cosine: average.cosine.value,
      low: average.wasserstein.interval[0],
      high: average.wasserstein.interval[1],
    })),
  );
}

/** Documents as tables of text: accuracies in percent with their intervals, distances to three digits. */

import { cellLabel } from '../nn/index.ts';
import type { Interval } from '../statistics/index.ts';
import { throughLabel } from './branches.ts';
import type {
  AccuracyRow,
  AffineDocument,
  AnalysisDocument,
  CurveDocument,
  GapDocument,
  InterpolateDocument,
  ReestimateDocument,
  TransferDocument,
} from './documents/index.ts';
import { type Measures, measureNames } from './measures.ts';

export interface AnalysisTable {
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

const left = (title: string) => ({ title, align: 'left' }) as const;
const right = (title: string) => ({ title, align: 'right' }) as const;

const percent = (fraction: number) => (100 * fraction).toFixed(1);
const accuracy = (share: number, [low, high]: Interval) =>
  `${percent(share)} [${percent(low)}, ${percent(high)}]`;
/** Cosines of statistics are near 1, where three digits would hide all difference. */
const shown = (name: keyof Measures, value: number) => (name === 'cosine' ? value.toFixed(5) : digits(value));
const digits = (value: number) => (value === 0 ? '0' : value.toPrecision(3));
const estimated = (name: keyof Measures, { value, interval }: { value: number; interval: Interval }) =>
  `${shown(name, value)} [${shown(name, interval[0])}, ${shown(name, interval[1])}]`;

const evaluationCells = (attacks: readonly string[]) =>
  ['clean %', ...attacks.map((name) => `${name} %`)].map(right);
const accuracies = ({ clean, cleanInterval, robust, robustInterval }: AccuracyRow) => [
  accuracy(clean, cleanInterval),
  ...Object.keys(robust).map((name) => accuracy(robust[name], robustInterval[name])),
];

function reestimateTables({
  raw,
  reestimated,
  attacks,
  estimation,
}: ReestimateDocument): readonly AnalysisTable[] {
  const columns = [left('NS'), left('AP'), ...evaluationCells(Object.keys(attacks))];
  return [
    {
      title:
        'The raw grid: running NS, swapped as they are (a swap pairs AP with NS gathered through other AP)',
      columns,
      rows: raw.map((row) => [row.statistics, throughLabel(row), ...accuracies(row)]),
    },
    {
      title: `NS_x^y: re-estimated from ${estimation.images} images x through the AP y that use them`,
      columns,
      rows: reestimated.map((row) => [`of ${row.source}`, throughLabel(row), ...accuracies(row)]),
    },
  ];
}

function interpolateTables({
  from,
  to,
  statistics,
  source,
  points,
  attacks,
}: InterpolateDocument): readonly AnalysisTable[] {
  const how = statistics === 'reestimated' ? `re-estimated from ${source} images at each t` : statistics;
  return [
    {
      title: `From ${cellLabel(from)} (t = 0) to ${cellLabel(to)} (t = 1), NS ${how}`,
      columns: [right('t'), ...evaluationCells(Object.keys(attacks))],
      rows: points.map((point) => [String(point.t), ...accuracies(point)]),
    },
  ];
}

function transferTables({ cells, matrix, attack }: TransferDocument): readonly AnalysisTable[] {
  const size = cells.length;
  return [
    {
      title: `Attacked by ${attack} through the cell of a row, predicted by that of a column: robust %`,
      columns: [left('attacked through'), ...cells.map((cell) => right(cellLabel(cell)))],
      rows: [
        ['nothing', ...cells.map(({ clean }) => percent(clean))],
        ...cells.map((cell, at) => [
          cellLabel(cell),
          ...matrix.slice(at * size, (at + 1) * size).map(({ robust }) => percent(robust)),
        ]),
      ],
    },
  ];
}

function curveTables({ points }: CurveDocument): readonly AnalysisTable[] {
  const [first] = points;
  return [
    {
      title: 'Over epsilon',
      columns: [right('epsilon'), left('cell'), ...evaluationCells(Object.keys(first.robust))],
      rows: points.map((point) => [point.epsilon, cellLabel(point), ...accuracies(point)]),
    },
  ];
}

function gapTables({ branches, batches, batchSize }: GapDocument): readonly AnalysisTable[] {
  return branches.flatMap((branch) => {
    const { distances } = branch;
    const names = distances.map(({ pair, statistic }) => `${statistic} ${pair}`);
    return [
      {
        title: `AP ${throughLabel(branch)}: mean over layers and ${batches} batches of ${batchSize}, with intervals over batches`,
        columns: [left('NS'), ...measureNames.map(right)],
        rows: distances.map(({ average }, at) => [
          names[at],
          ...measureNames.map((name) => estimated(name, average[name])),
        ]),
      },
      {
        title: `AP ${throughLabel(branch)}: Wasserstein distance by layer`,
        columns: [left('layer'), ...names.map(right)],
        rows: distances[0].layers.map(({ layer }, at) => [
          layer,
          ...distances.map(({ layers }) => digits(layers[at].wasserstein.value)),
        ]),
      },
    ];
  });
}

function affineTables({ distances }: AffineDocument): readonly AnalysisTable[] {
  if (distances.length === 0)
    return [{ title: 'One set of NS and of AP: there is nothing to compare', columns: [], rows: [] }];
  const names = distances.map(({ quantity, branches }) => `${quantity} ${branches.join('-')}`);
  const layers = [...new Set(distances.flatMap((each) => each.layers.map(({ layer }) => layer)))];
  return [
    {
      title: 'Mean over layers (gamma, beta: AP; mu, sigma: running NS)',
      columns: [left(''), ...measureNames.map(right)],
      rows: distances.map(({ average }, at) => [
        names[at],
        ...measureNames.map((name) => shown(name, average[name])),
      ]),
    },
    {
      title: 'Distance by layer',
      columns: [left('layer'), ...names.map(right)],
      rows: layers.map((layer) => [
        layer,
        ...distances.map((each) => {
          const found = each.layers.find((one) => one.layer === layer);
          return found ? digits(found.distance) : '';
        }),
      ]),
    },
  ];
}

/** The tables of any document. */
export function analysisTables(document: AnalysisDocument): readonly AnalysisTable[] {
  switch (document.analysis) {
    case 'reestimate':
      return reestimateTables(document);
    case 'interpolate':
      return interpolateTables(document);
    case 'transfer':
      return transferTables(document);
    case 'curve':
      return curveTables(document);
    case 'gap':
      return gapTables(document);
    case 'affine':
      return affineTables(document);
  }
}

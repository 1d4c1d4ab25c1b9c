/** The grid as a table of text: a row a cell, a column an attack, percent with their 95 % intervals. */
import { cellAxes } from '../nn/index.ts';
import type { EvaluationDocument } from './document.ts';
import type { Interval } from './interval.ts';

export interface GridTable {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

export function gridTable({ grid, attacks }: Pick<EvaluationDocument, 'grid' | 'attacks'>): GridTable {
  const names = Object.keys(attacks);
  const axes = cellAxes.filter(([key]) => grid.some((row) => row[key] !== undefined));
  return {
    columns: [
      ...axes.map(([, title]) => ({ title, align: 'left' as const })),
      ...['clean', ...names].map((name) => ({ title: `${name} %`, align: 'right' as const })),
    ],
    rows: grid.map((row) => [
      ...axes.map(([key]) => row[key] ?? ''),
      accuracy(row.clean, row.cleanInterval),
      ...names.map((name) => accuracy(row.robust[name], row.robustInterval[name])),
    ]),
  };
}

const percent = (fraction: number) => (100 * fraction).toFixed(1);

/** `48.9 [45.8, 52.0]` */
function accuracy(share: number, [low, high]: Interval): string {
  return `${percent(share)} [${percent(low)}, ${percent(high)}]`;
}

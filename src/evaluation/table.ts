/** The grid as a table of text: a row a cell, a column an attack, percent with their 95 % intervals. */
import type { EvaluationDocument } from './document.ts';
import type { Interval } from './interval.ts';

export interface GridTable {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

export function gridTable({ grid, attacks }: Pick<EvaluationDocument, 'grid' | 'attacks'>): GridTable {
  const names = Object.keys(attacks);
  return {
    columns: [
      { title: 'NS', align: 'left' },
      { title: 'AP', align: 'left' },
      ...['clean', ...names].map((name) => ({ title: `${name} %`, align: 'right' as const })),
    ],
    rows: grid.map(({ statistics, affine, clean, cleanInterval, robust, robustInterval }) => [
      statistics,
      affine,
      accuracy(clean, cleanInterval),
      ...names.map((name) => accuracy(robust[name], robustInterval[name])),
    ]),
  };
}

const percent = (fraction: number) => (100 * fraction).toFixed(1);

/** `48.9 [45.8, 52.0]` */
function accuracy(share: number, [low, high]: Interval): string {
  return `${percent(share)} [${percent(low)}, ${percent(high)}]`;
}

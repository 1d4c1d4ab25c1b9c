/** What analyses found as tables of text: accuracies in percent with their intervals. */
import type { Interval } from '../statistics/index.ts';
import type { AccuracyRow } from './accuracies.ts';

export const leftColumn = (title: string) => ({ title, align: 'left' }) as const;
export const rightColumn = (title: string) => ({ title, align: 'right' }) as const;

export const percent = (fraction: number) => (100 * fraction).toFixed(1);
const accuracy = (share: number, [low, high]: Interval) =>
  `${percent(share)} [${percent(low)}, ${percent(high)}]`;

/** The columns of clean accuracy and of robust accuracy under each attack of a row. */
export const accuracyColumns = (row: AccuracyRow | undefined) =>
  ['clean %', ...Object.keys(row?.robust ?? {}).map((name) => `${name} %`)].map(rightColumn);

export const accuracyCells = ({ clean, cleanInterval, robust, robustInterval }: AccuracyRow) => [
  accuracy(clean, cleanInterval),
  ...Object.keys(robust).map((name) => accuracy(robust[name], robustInterval[name])),
];

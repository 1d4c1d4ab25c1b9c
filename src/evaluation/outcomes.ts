/**
 * Results as text: those of single examples for files, and a grid for people.
 *
 * In files, flags are a row of 0 and 1, indices rising ranges (`0-99,105`): compact enough for ten thousand examples, and one
 * line each in a language without this program.
 */
import { cellAxes } from '../nn/index.ts';
import type { Interval } from '../statistics/index.ts';
import type { Flags } from './cell.ts';
import type { EvaluationDocument } from './document.ts';

export function writeFlags(flags: Flags): string {
  return flags.join('');
}

export function readFlags(text: string): Flags {
  return Uint8Array.from(text, Number);
}

/** Indices in their order; only runs that rise by one are shortened. */
export function writeIndices(indices: readonly number[]): string {
  const ranges: { first: number; last: number }[] = [];
  for (const index of indices) {
    const range = ranges.at(-1);
    if (range && index === range.last + 1) range.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

export function readIndices(text: string): number[] {
  if (text === '') return [];
  return text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** `1000 test images of cifar-10, linf 8/255` */
export function examplesText({ subject, request }: Pick<EvaluationDocument, 'subject' | 'request'>): string {
  const { examples, norm, epsilon } = request;
  return `${examples.count} test images of ${subject.dataset.name}, ${norm} ${epsilon.text}`;
}

export interface GridTable {
  readonly columns: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

/** A row a cell, a column an attack, percent with their 95 % intervals. */
export function gridTable({ grid, request }: Pick<EvaluationDocument, 'grid' | 'request'>): GridTable {
  const names = Object.keys(request.attacks);
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

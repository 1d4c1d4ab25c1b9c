/**
 * Accuracies as a report takes them, their means over seeds, the names of cells, and how values are written: accuracies are
 * fractions inside the program and per cent on the page.
 */
import { cellLabel } from '../nn/index.ts';
import { type Interval, mean } from '../statistics/index.ts';

export { type Interval, mean };

/** An accuracy as a fraction, with its 95% interval where one is known. */
export interface Accuracy {
  readonly value: number;
  readonly interval?: Interval;
}

/** The mean; with the interval over test images where there is one value only, since that of the mean is not known here. */
export const meanAccuracy = (all: readonly Accuracy[]): Accuracy =>
  all.length === 1 ? all[0] : { value: mean(all.map(({ value }) => value)) };

/** Items by a key, in order of first appearance. */
export function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** 0.5236 -> '52.4'. No unit: the heading says it. A value that is not a number is a dash, never '0'. */
export const percent = (fraction: number): string =>
  Number.isFinite(fraction) ? (fraction * 100).toFixed(1) : '–';

/** [0.4912, 0.554] -> '49.1–55.4' */
export const percentInterval = ([low, high]: Interval): string => `${percent(low)}–${percent(high)}`;

/** '52.4 (49.1–55.4)', or '52.4' alone where no interval is known. */
export const accuracyText = ({ value, interval }: Accuracy): string =>
  interval ? `${percent(value)} (${percentInterval(interval)})` : percent(value);

/** A distance between statistics: 0.01734 -> '0.0173', small ones with a digit more. */
export const distance = (value: number): string =>
  Number.isFinite(value) ? (Math.abs(value) < 0.01 ? value.toFixed(5) : value.toFixed(4)) : '–';

/** 10000 -> '10,000'; other text stays as it is. */
export const fact = (value: string | number): string =>
  typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 4 }) : value;

/** 'pgd-10' -> 'PGD-10' */
export const attackName = (attack: string): string => attack.toUpperCase();

/** Words with a number: plural(1, 'run') -> '1 run', plural(2, 'run') -> '2 runs'. */
export const plural = (count: number, noun: string, several = `${noun}s`): string =>
  `${fact(count)} ${count === 1 ? noun : several}`;

/** '2026-01-31T09:30:12.123Z' -> '2026-01-31 09:30 UTC'; other text stays as it is. */
export const moment = (text: string): string =>
  text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:[\d.]+)?Z$/, '$1 $2 UTC');

/** What may be in an id, a file name or an anchor: 'dual-bn, seed 0' -> 'dual-bn-seed-0'. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** AP, with adapter and head where a network has several, as documents say them. */
export interface Parts {
  readonly affine: string;
  readonly adapter?: string | undefined;
  readonly head?: string | undefined;
}

/** What a cell is made of besides its NS: its AP, then adapter and head where it says them. */
export const partsName = ({ affine, adapter, head }: Parts): string =>
  [
    affine,
    ...(adapter === undefined ? [] : [`adapter ${adapter}`]),
    ...(head === undefined ? [] : [`head ${head}`]),
  ].join(', ');

/** 'NS adv, AP clean': nn's cellLabel, of a cell as documents say it. */
export const cellName = ({
  statistics,
  affine,
  adapter,
  head,
}: Parts & { readonly statistics: string }): string =>
  cellLabel({
    statistics,
    affine,
    ...(adapter !== undefined && { adapter }),
    ...(head !== undefined && { head }),
  });

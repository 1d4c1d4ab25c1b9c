/**
 * The specification of a forest plot: a row a statement, its estimate with the 95 % interval against the band of what its
 * rule allows. The mark's shape tells the verdict, its color repeats it.
 */
import { type Chart, chartWidth } from './drawing.ts';
import type { KeyEntry } from './figure.ts';
import { paint } from './series.ts';
import type { Interval } from './values.ts';

export interface ForestRow {
  readonly label: string;
  readonly value: number;
  readonly interval: Interval;
  /** null is open. */
  readonly allowed: readonly [low: number | null, high: number | null];
  readonly verdict: VerdictName;
  readonly decides: boolean;
}

/** How a value of a unit is placed: a difference of accuracies as percentage points, ratios on a log scale. */
const axes = {
  accuracy: {
    factor: 100,
    log: false,
    none: 0,
    title: 'difference of accuracies, percentage points',
    // '+2', '−4', '0'
    labels: "(datum.value > 0 ? '+' : '') + replace(format(datum.value, '.2~f'), '-', '−')",
  },
  ratio: { factor: 1, log: true, none: 1, title: 'ratio, log scale', labels: "format(datum.value, '.4~f')" },
  share: {
    factor: 1,
    log: false,
    none: 0,
    title: 'share of the effect',
    labels: "replace(format(datum.value, '.2~f'), '-', '−')",
  },
} as const;

export interface Forest {
  readonly rows: readonly ForestRow[];
  readonly unit: keyof typeof axes;
  /** The axis's ends; figures that are compared share them. */
  readonly domain: Interval;
}

const perLine = 50;
const lineHeight = 15;
const margin = 10;

/** Ends that hold all estimates, intervals and finite ends of bands, with a little room. Ratios are on a log scale. */
export function forestDomain(rows: readonly ForestRow[], unit: Forest['unit']): Interval {
  const ends = rows.flatMap(({ value, interval, allowed }) => [
    value,
    ...interval,
    ...allowed.filter((end) => end !== null),
  ]);
  const { factor, log, none } = axes[unit];
  if (!log) {
    const all = [...ends.map((end) => factor * end), none];
    const room = 0.06 * (Math.max(...all) - Math.min(...all));
    return [Math.min(...all) - room, Math.max(...all) + room];
  }
  const positive = ends.filter((end) => end > 0);
  const [low, high] = [Math.min(1, ...positive), Math.max(1, ...positive)];
  return [Math.max(low / 1.6, 0.0005), high * 1.6];
}

export function forest({ rows, unit, domain }: Forest): Chart {
  const { factor, log, none, title, labels } = axes[unit];
  const scaled = (end: number) => factor * end;
  const within = (end: number) => Math.min(domain[1], Math.max(domain[0], end));
  const lines = rows.map(({ label }) => wrap(label));
  const most = Math.max(...lines.map(({ length }) => length));
  const step = 30 + lineHeight * most;
  const values = rows.map(({ value, interval, allowed, verdict, decides }, at) => ({
    row: at,
    // Empty lines first: the words stand just above their estimate.
    label: [...Array.from({ length: most - lines[at].length }, () => ' '), ...lines[at]],
    value: within(scaled(value)),
    low: within(scaled(interval[0])),
    high: within(scaled(interval[1])),
    from: allowed[0] === null ? domain[0] : within(scaled(allowed[0])),
    to: allowed[1] === null ? domain[1] : within(scaled(allowed[1])),
    verdict,
    opacity: decides ? 1 : 0.6,
    none,
  }));
  const verdicts = Object.entries(verdictLooks);
  const color = {
    field: 'verdict',
    type: 'nominal' as const,
    scale: { domain: verdicts.map(([name]) => name), range: verdicts.map(([, look]) => look.color) },
  };
  const x = {
    field: 'value',
    type: 'quantitative' as const,
    scale: { domain: [...domain], nice: false, ...(log && { type: 'log' as const }) },
    axis: {
      title,
      labelExpr: labels,
      ...(log ? { values: [0.001, 0.01, 0.1, 1, 10, 100] } : { tickCount: 6 }),
      grid: false,
      labelOverlap: true,
    },
  };
  const y = {
    field: 'row',
    type: 'ordinal' as const,
    axis: null,
    scale: { paddingInner: 0, paddingOuter: 0 },
  };
  const below = (lineHeight * most) / 2 + 2; // the label's lines stand above the estimate
  const opacity = { field: 'opacity', type: 'quantitative' as const, scale: null };
  return {
    width: chartWidth - 2 * margin,
    height: step * rows.length,
    // Labels are wider than the scale: an automatic size would make room for them by shrinking it.
    autosize: 'none',
    padding: { left: margin, right: margin, top: 2, bottom: 44 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar', height: 20, yOffset: below, color: paint('band') },
        encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' }, y },
      },
      {
        mark: {
          type: 'tick',
          orient: 'vertical',
          size: 26,
          thickness: 1,
          yOffset: below,
          color: paint('muted'),
        },
        encoding: { x: { ...x, field: 'none' }, y },
      },
      {
        mark: { type: 'rule', strokeWidth: 2, yOffset: below },
        encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y, color, opacity },
      },
      {
        mark: { type: 'point', size: 90, filled: true, yOffset: below, strokeWidth: 2 },
        encoding: {
          x,
          y,
          color,
          opacity,
          shape: {
            field: 'verdict',
            type: 'nominal',
            scale: { domain: verdicts.map(([name]) => name), range: verdicts.map(([, look]) => look.symbol) },
          },
        },
      },
      {
        mark: {
          type: 'text',
          align: 'left',
          baseline: 'top',
          fontSize: 12,
          lineHeight,
          yOffset: -step / 2 + 4,
          color: paint('ink'),
        },
        encoding: { x: { value: -margin / 2 }, y, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

/** Lines of at most `perLine` letters, broken between words. */
function wrap(text: string): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== '' && last.length + 1 + word.length > perLine) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

export type VerdictName = 'holds' | 'does not hold' | 'not shown' | 'not decidable' | 'not run';

export interface VerdictLook {
  readonly color: string;
  /** Of Vega. */
  readonly symbol: string;
  readonly mark: KeyEntry['mark'];
  /** Before the words. */
  readonly sign: string;
}

export const verdictLooks: Readonly<Record<VerdictName, VerdictLook>> = {
  holds: { color: paint('holds'), symbol: 'circle', mark: 'circle', sign: '✓' },
  'does not hold': { color: paint('fails'), symbol: 'square', mark: 'square', sign: '✗' },
  'not shown': { color: paint('open'), symbol: 'diamond', mark: 'diamond', sign: '?' },
  'not decidable': { color: paint('muted'), symbol: 'triangle', mark: 'triangle', sign: '∅' },
  'not run': { color: paint('muted'), symbol: 'cross', mark: 'cross', sign: '–' },
};

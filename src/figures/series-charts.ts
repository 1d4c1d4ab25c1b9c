/**
 * Specifications of charts whose marks belong to series: lines over a number (a line and points a series, whiskers where
 * intervals are known, and thin lines for the single seeds behind a mean), bars side by side, and training curves (lines over
 * epochs, dashed for training, whole for validation).
 */
import { type Chart, chartWidth } from './drawing.ts';
import { colorScale, dashScale, type Series, shapeScale } from './series.ts';

export interface LineRow {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Of one seed: drawn thin, without points. */
  readonly seed?: string | undefined;
}

export interface LineAxis {
  readonly title: string;
  /** Of d3: '%', which takes as many digits as the ticks need. */
  readonly format: string;
  /** Whether it begins at zero. Default yes for y, no for x. */
  readonly zero?: boolean;
  /** Its ends; default as the values have them. */
  readonly domain?: readonly [number, number];
  /** Where it has its ticks. */
  readonly values?: readonly number[];
  /** A label for each of `values`. */
  readonly labels?: readonly string[];
}

export interface LineChart {
  readonly rows: readonly LineRow[];
  readonly series: readonly Series[];
  readonly x: LineAxis;
  readonly y: LineAxis;
  readonly height?: number;
  readonly width?: number;
  /** Default yes: without, lines alone. */
  readonly points?: boolean;
}

export function lineChart({
  rows,
  series,
  x,
  y,
  height = 230,
  width = chartWidth,
  points = true,
}: LineChart): Chart {
  const present = series.filter(({ name }) => rows.some((row) => row.series === name));
  const color = { field: 'series', type: 'nominal' as const, scale: colorScale(present) };
  const labels = x.labels && `${JSON.stringify(x.labels)}[indexof(${JSON.stringify(x.values)}, datum.value)]`;
  const xs = rows.map((row) => row.x);
  const position = {
    field: 'x',
    type: 'quantitative' as const,
    scale: {
      zero: false,
      nice: false,
      domain: [...(x.domain ?? [x.zero ? 0 : Math.min(...xs), Math.max(...xs)])],
    },
    axis: {
      title: x.title,
      format: x.format,
      labelOverlap: x.labels ? ('greedy' as const) : true,
      // A count of ticks would thin out the values, too.
      ...(x.values ? { values: [...x.values] } : { tickCount: 6 }),
      ...(labels && { labelExpr: labels }),
    },
  };
  const value = {
    field: 'y',
    type: 'quantitative' as const,
    scale: y.domain ? { domain: [...y.domain] } : { zero: y.zero ?? true, nice: true },
    axis: { title: y.title || null, format: y.format, tickCount: 5 },
  };
  const dash = {
    field: 'series',
    type: 'nominal' as const,
    scale: dashScale(present),
  };
  return {
    width,
    height,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.map((row) => ({ ...row })) },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.seed)' }],
        mark: { type: 'line', strokeWidth: 1.2, opacity: 0.65 },
        encoding: {
          x: position,
          y: value,
          color,
          strokeDash: dash,
          detail: { field: 'seed', type: 'nominal' },
        },
      },
      {
        transform: [{ filter: '!isValid(datum.seed) && isValid(datum.low)' }],
        mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.55 },
        encoding: { x: position, y: { ...value, field: 'low' }, y2: { field: 'high' }, color },
      },
      {
        transform: [{ filter: '!isValid(datum.seed)' }],
        mark: { type: 'line', strokeWidth: 2 },
        encoding: { x: position, y: value, color, strokeDash: dash },
      },
      ...(points
        ? [
            {
              transform: [{ filter: '!isValid(datum.seed)' }],
              mark: { type: 'point' as const, size: 46, filled: true, opacity: 1 },
              encoding: {
                x: position,
                y: value,
                color,
                shape: { field: 'series', type: 'nominal' as const, scale: shapeScale(present) },
              },
            },
          ]
        : []),
    ],
  };
}

export interface BarRow {
  readonly channel: number;
  readonly series: string;
  readonly value: number;
}

export interface Bars {
  readonly rows: readonly BarRow[];
  readonly series: readonly Series[];
  /** Of the values: 'mu'. */
  readonly title: string;
}

export function bars({ rows, series, title }: Bars): Chart {
  return {
    width: chartWidth,
    height: 180,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.map((row) => ({ ...row })) },
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'channel',
        type: 'ordinal',
        axis: { title: 'channel', labelAngle: 0, labelOverlap: true },
        scale: { paddingInner: 0.25 },
      },
      xOffset: { field: 'series', type: 'nominal', scale: { domain: series.map(({ name }) => name) } },
      y: { field: 'value', type: 'quantitative', axis: { title, tickCount: 5, format: '.6~f' } },
      color: { field: 'series', type: 'nominal', scale: colorScale(series) },
    },
  };
}

export type Split = 'training' | 'validation';
export type Measure = 'loss' | 'clean accuracy' | 'adversarial accuracy';

/** One measured number of an epoch, of which images and of which split. */
export interface CurveRow {
  readonly run: string;
  readonly epoch: number;
  readonly split: Split;
  readonly measure: Measure;
  readonly value: number;
}

export interface CurveChart {
  readonly rows: readonly CurveRow[];
  /** What a color tells, and the colors of its values in order. */
  readonly color: {
    readonly by: 'run' | 'measure';
    readonly values: readonly string[];
    readonly paints: readonly string[];
  };
  readonly unit: 'loss' | 'accuracy';
}

export const dashes: Readonly<Record<Split, readonly number[]>> = { training: [3, 5], validation: [1, 0] };

const axes = {
  loss: { title: 'loss', format: '.2~f' },
  accuracy: { title: 'accuracy', format: '%' },
} as const;

export function curveChart({ rows, color, unit }: CurveChart): Chart {
  const last = Math.max(1, ...rows.map(({ epoch }) => epoch));
  const { title, format } = axes[unit];
  return {
    width: chartWidth,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.map((row) => ({ ...row })) },
    // A run of one epoch has no line to draw: points keep it visible.
    mark: { type: 'line', clip: false, point: last <= 12 ? { size: 28, filled: true } : false },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        scale: { domain: [Math.min(1, last - 1), last], nice: false },
        axis: { title: 'epoch', tickMinStep: 1, tickCount: 6, format: 'd' },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale: { zero: unit === 'accuracy', nice: true },
        axis: { title, format, tickCount: 5 },
      },
      color: {
        field: color.by,
        type: 'nominal',
        scale: { domain: [...color.values], range: [...color.paints] },
        title: null,
      },
      strokeDash: {
        field: 'split',
        type: 'nominal',
        scale: { domain: Object.keys(dashes), range: Object.values(dashes).map((dash) => [...dash]) },
        title: null,
      },
    },
  };
}

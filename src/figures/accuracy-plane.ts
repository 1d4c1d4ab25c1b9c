/**
 * Specifications of charts in the plane of two accuracies. A scatter plot of clean against robust accuracy: a mark a point
 * with whiskers, small marks for the seeds behind it; better is up and to the right. A path: points joined in the order of a
 * parameter.
 */
import { type Chart, chartWidth } from './drawing.ts';
import { colorScale, paint, type Series, shapeScale } from './series.ts';
import type { Accuracy } from './values.ts';

export interface ScatterPoint {
  readonly series: string;
  /** Drawn as an outline. */
  readonly hollow: boolean;
  readonly clean: Accuracy;
  readonly robust: Accuracy;
  /** Of single seeds, in the same order. */
  readonly seeds?: readonly { readonly clean: number; readonly robust: number }[];
}

export interface Scatter {
  readonly points: readonly ScatterPoint[];
  readonly series: readonly Series[];
  /** What robust accuracy was measured by, as the axis says it. */
  readonly attack: string;
  readonly height?: number;
  /** Series that a line joins, in order. */
  readonly front?: readonly string[];
}

export function scatter({ points, series, attack, height = 320, front = [] }: Scatter): Chart {
  const color = { field: 'series', type: 'nominal' as const, scale: colorScale(series) };
  const shape = { field: 'series', type: 'nominal' as const, scale: shapeScale(series) };
  const axis = (name: string) => ({ title: `${name} accuracy`, format: '%', tickCount: 6, grid: true });
  const along = (field: 'clean' | 'robust', name: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain: domainOf(points, field), zero: false, nice: true },
    axis: axis(name),
  });
  const [x, y] = [along('clean', 'clean'), along('robust', attack)];
  const interval = { type: 'rule' as const, strokeWidth: 1.5, opacity: 0.55 };
  const means = points.map(({ clean, robust, seeds: _, ...point }) => ({
    ...point,
    ...ends('clean', clean),
    ...ends('robust', robust),
  }));
  const single = points.flatMap(({ series: name, seeds = [] }) =>
    seeds.length > 1 ? seeds.map((seed) => ({ series: name, ...seed })) : [],
  );
  const joined = front.flatMap((name, order) => {
    const point = points.find((each) => each.series === name && !each.hollow);
    return point ? [{ order, clean: point.clean.value, robust: point.robust.value }] : [];
  });
  return {
    width: chartWidth,
    height,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
      ...(joined.length > 1
        ? [
            {
              data: { values: joined },
              mark: { type: 'line' as const, strokeWidth: 2, opacity: 0.6, color: paint('muted') },
              encoding: { x, y, order: { field: 'order', type: 'quantitative' as const } },
            },
          ]
        : []),
      {
        data: { values: means },
        mark: interval,
        encoding: { x: { ...x, field: 'cleanLow' }, x2: { field: 'cleanHigh' }, y, color },
      },
      {
        data: { values: means },
        mark: interval,
        encoding: { x, y: { ...y, field: 'robustLow' }, y2: { field: 'robustHigh' }, color },
      },
      {
        data: { values: single },
        mark: { type: 'point', size: 10, filled: true, opacity: 0.8 },
        encoding: { x, y, color },
      },
      {
        data: { values: means },
        mark: { type: 'point', size: 84, strokeWidth: 2, filled: false, opacity: 1 },
        encoding: {
          x,
          y,
          color,
          fill: { condition: { test: 'datum.hollow', value: paint('paper') }, ...color },
          shape,
        },
      },
    ],
  };
}

/** What holds all marks and whiskers with a little room, within [0, 1]. */
function domainOf(points: readonly ScatterPoint[], of: 'clean' | 'robust'): [number, number] {
  const all = points.flatMap((point) => [
    point[of].value,
    ...(point[of].interval ?? []),
    ...(point.seeds ?? []).map((seed) => seed[of]),
  ]);
  const found = all.filter(Number.isFinite);
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const room = Math.max(0.01, 0.06 * (high - low));
  return [Math.max(0, low - room), Math.min(1, high + room)];
}

const ends = (name: string, { value, interval }: Accuracy) => ({
  [name]: value,
  [`${name}Low`]: interval?.[0] ?? value,
  [`${name}High`]: interval?.[1] ?? value,
});

export interface PathPoint {
  readonly order: number;
  readonly x: number;
  readonly y: number;
  /** Of one seed: drawn thin. */
  readonly seed?: string | undefined;
  readonly label?: string | undefined;
}

export interface Path {
  readonly points: readonly PathPoint[];
  /** Titles of the axes. */
  readonly x: string;
  readonly y: string;
}

export function pathChart({ points, x, y }: Path): Chart {
  const along = (field: 'x' | 'y', title: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain: roomy(points.map((point) => point[field])), zero: false, nice: true },
    axis: { title, format: '%', tickCount: 5, grid: true },
  });
  const place = { x: along('x', x), y: along('y', y) };
  const order = { field: 'order', type: 'quantitative' as const };
  return {
    width: chartWidth,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: points.map((point) => ({ ...point })) },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.seed)' }],
        mark: { type: 'line', strokeWidth: 1, opacity: 0.5, color: paint('muted') },
        encoding: { ...place, order, detail: { field: 'seed', type: 'nominal' } },
      },
      {
        transform: [{ filter: '!isValid(datum.seed)' }],
        mark: { type: 'line', strokeWidth: 2, color: paint('ink') },
        encoding: { ...place, order },
      },
      {
        transform: [{ filter: '!isValid(datum.seed)' }],
        mark: { type: 'point', filled: true, size: 40, color: paint('ink'), opacity: 1 },
        encoding: place,
      },
      {
        transform: [{ filter: 'isValid(datum.label)' }],
        mark: { type: 'text', dy: -12, fontSize: 12, color: paint('ink') },
        encoding: { ...place, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

/** The ends of values, with room for labels at the ends of the path. */
function roomy(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.005, 0.12 * (high - low));
  return [Math.max(0, low - room), Math.min(1, high + room)];
}

/**
 * The specification of clean against robust accuracy: a mark a point with whiskers, small marks for the seeds behind it.
 * Better is up and to the right.
 */

import type { Accuracy } from '../accuracy.ts';
import type { Chart } from '../drawing/draw.ts';
import { chartWidth } from '../drawing/draw.ts';
import { paint } from '../drawing/palette.ts';
import { colorScale, type Series, shapeScale } from './series.ts';

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
}

export function scatter({ points, series, attack, height = 320 }: Scatter): Chart {
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
  return {
    width: chartWidth,
    height,
    autosize: { type: 'fit', contains: 'padding' },
    layer: [
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

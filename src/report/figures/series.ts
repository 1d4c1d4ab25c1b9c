/** How series of a figure are told apart: a color and a shape each, so that color alone never decides. */
import { paints } from '../drawing/palette.ts';
import { type PointShape, pointShapes } from './key-mark.ts';

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly shape: PointShape;
  /** Lengths of dashes and gaps; default a whole line. */
  readonly dash?: readonly number[];
}

/** Looks for names in order. Pairs of color and shape repeat only after thirty-two. */
export function seriesOf(names: readonly string[]): Series[] {
  const colors = paints('run');
  return names.map((name, at) => ({
    name,
    color: colors[at % colors.length],
    shape: pointShapes[(at + Math.floor(at / colors.length)) % pointShapes.length],
  }));
}

export const colorScale = (series: readonly Series[]) => ({
  domain: series.map(({ name }) => name),
  range: series.map(({ color }) => color),
});

export const shapeScale = (series: readonly Series[]) => ({
  domain: series.map(({ name }) => name),
  range: series.map(({ shape }) => shape),
});

export const dashScale = (series: readonly Series[]) => ({
  domain: series.map(({ name }) => name),
  range: series.map(({ dash }) => [...(dash ?? [1, 0])]),
});

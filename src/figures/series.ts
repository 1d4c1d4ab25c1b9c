/**
 * How series of a figure are told apart: a color and a shape each, so that color alone never decides. And the mark
 * of a series in the key.
 */
import { paint, paints } from './palette.ts';

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

export const pairSeries: readonly Series[] = [
  { name: 'adv-clean', color: paint('adv'), shape: 'square' },
  { name: 'noise-clean', color: paint('noise'), shape: 'triangle', dash: [6, 3] },
  { name: 'clean-clean', color: paint('clean'), shape: 'circle', dash: [2, 3] },
];

/** Shapes of points, in the order in which they are given out. A drawing's marks are the same. */
export const pointShapes = ['circle', 'square', 'triangle', 'diamond'] as const;
export type PointShape = (typeof pointShapes)[number];

export type KeyMark =
  | 'line'
  | 'thin'
  | 'dashes'
  | 'dots'
  | 'dot'
  | 'bar'
  | 'cross'
  | PointShape
  | `hollow ${PointShape}`;

const line = (width: number, dash = '') =>
  `<path d="M0 6H22" stroke="currentColor" stroke-width="${width}"${dash && ` stroke-dasharray="${dash}"`}/>`;

const full = 'fill="currentColor"';
const hollow = `fill="${paint('paper')}" stroke="currentColor" stroke-width="2"`;
const circle = (fill: string) => `<circle cx="11" cy="6" r="4.6" ${fill}/>`;
const square = (fill: string) => `<rect x="6.8" y="1.8" width="8.4" height="8.4" ${fill}/>`;
const triangle = (fill: string) => `<path d="M11 1L16 10.5H6Z" ${fill}/>`;
const diamond = (fill: string) => `<path d="M11 0.8L16.2 6L11 11.2L5.8 6Z" ${fill}/>`;

const marks: Readonly<Record<KeyMark, string>> = {
  line: line(2.4),
  thin: line(1),
  dashes: line(2, '3 5'),
  dots: line(2, '1 4'),
  bar: '<rect x="4" y="1" width="14" height="10" fill="currentColor"/>',
  cross:
    '<path d="M6.5 1.5L15.5 10.5M15.5 1.5L6.5 10.5" stroke="currentColor" stroke-width="2.4" fill="none"/>',
  dot: '<circle cx="11" cy="6" r="2.2" fill="currentColor"/>',
  circle: circle(full),
  square: square(full),
  triangle: triangle(full),
  diamond: diamond(full),
  'hollow circle': circle(hollow),
  'hollow square': square(hollow),
  'hollow triangle': triangle(hollow),
  'hollow diamond': diamond(hollow),
};

export const keyMark = (mark: KeyMark): string => marks[mark];

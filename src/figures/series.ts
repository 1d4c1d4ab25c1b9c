/**
 * Colors, and how the series of a figure are told apart by them and by shapes, in drawings and in the key.
 *
 * Every color is given once for light and once for dark surroundings. Pages and drawings name them as CSS variables
 * (`paint('ink')`), so that one drawing serves both; standAlone puts the colors themselves in where a drawing is a file of its
 * own. Clean images are blue and adversarial ones vermilion everywhere; runs have hues of their own, and so have verdicts. All
 * were chosen to be told apart by colorblind readers (after Okabe and Ito, Paul Tol and ColorBrewer), and a series has a shape
 * besides, so that color alone never decides.
 */

export type Theme = 'light' | 'dark';

/** How many steps a heat map has. */
export const heatSteps = 9;
/** The first step on which text is in the `heat-over` color. */
export const heatTurn = 6;

const surfaces = {
  light: {
    paper: '#ffffff',
    panel: '#f6f7f9',
    ink: '#16191d',
    muted: '#5b6470',
    line: '#dfe3e8',
    link: '#0b5cad',
    clean: '#0b62a8',
    adv: '#c04a00',
    noise: '#3d2c91',
    holds: '#0a6b50',
    fails: '#b3261e',
    open: '#5b6470',
    band: '#d8e6de',
    'warning-ink': '#7a2e00',
    'warning-paper': '#fff3e6',
    'heat-under': '#14181d',
    'heat-over': '#ffffff',
  },
  dark: {
    paper: '#101418',
    panel: '#181d23',
    ink: '#e8ecf1',
    muted: '#9aa5b1',
    line: '#2c343d',
    link: '#7db8ef',
    clean: '#6fb1ea',
    adv: '#f79256',
    noise: '#b7b0ff',
    holds: '#5fd0a5',
    fails: '#ff8a80',
    open: '#9aa5b1',
    band: '#1f3a30',
    'warning-ink': '#ffc796',
    'warning-paper': '#33220f',
    'heat-under': '#f0f3f6',
    'heat-over': '#0c0f12',
  },
} as const satisfies Record<Theme, Record<string, string>>;

type Lists = Readonly<Record<'run' | 'heat-clean' | 'heat-adv', readonly string[]>>;

const lists: Readonly<Record<Theme, Lists>> = {
  light: {
    run: ['#117733', '#aa4499', '#3d2c91', '#8a6d00', '#2b8a80', '#882255', '#a0522d', '#5f6670'],
    'heat-clean': `#f4f9fe #deebf7 #c6dbef #9ecae1 #6baed6 #4f9ccc #2171b5 #08519c #08306b`.split(' '),
    'heat-adv': `#fff6ee #fee6ce #fdd0a2 #fdae6b #fd9549 #f47a26 #c44100 #a63603 #7f2704`.split(' '),
  },
  dark: {
    run: ['#63cf92', '#e493da', '#a7a0f5', '#d9c15a', '#6fd6c9', '#ee86ae', '#dba583', '#b3bcc6'],
    'heat-clean': `#17212d #1a2c40 #1d3a58 #214a73 #27588a #2f6499 #5b93c9 #84b3e0 #b5d6f4`.split(' '),
    'heat-adv': `#2a1d15 #3d2616 #553018 #6b3917 #824316 #965018 #d9803f #efa568 #fbcc9f`.split(' '),
  },
};

export type Ramp = keyof Lists;
export type Paint = keyof typeof surfaces.light;

/** A color by name, as CSS. */
export const paint = (name: Paint): string => `var(--${name})`;

/** The colors of a list, as CSS: of runs, or the steps of a heat map. */
export const paints = (ramp: Ramp): string[] => lists.light[ramp].map((_, at) => `var(--${ramp}-${at})`);

/** Every variable of a theme with its color. */
export function palette(theme: Theme): Readonly<Record<string, string>> {
  const listed = Object.entries(lists[theme]).flatMap(([ramp, colors]) =>
    colors.map((color, at) => [`--${ramp}-${at}`, color] as const),
  );
  const named = Object.entries(surfaces[theme]).map(([name, color]) => [`--${name}`, color] as const);
  return Object.fromEntries([...named, ...listed]);
}

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

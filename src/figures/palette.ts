/**
 * The colors, once for light and once for dark surroundings. Pages and drawings name them as CSS variables (`paint('ink')`),
 * so that one drawing serves both; standAlone puts the colors themselves in where a drawing is a file of its own.
 *
 * Clean images are blue and adversarial ones vermilion everywhere; runs have hues of their own, and so have verdicts. All were chosen to be told
 * apart by colorblind readers (after Okabe and Ito, Paul Tol and ColorBrewer), and no figure tells by color alone.
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

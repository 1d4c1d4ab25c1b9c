/**
 * A chart specification (Vega-Lite, plain data) drawn to SVG without a browser. The look common to all charts is here;
 * what a chart shows is in figures/.
 *
 * Colors stay CSS variables, so the drawing takes on the theme of the page around it.
 */
import type { Config, TopLevelSpec } from 'vega-lite';
import { escapeHtml } from '../html.ts';
import { paint, paints } from './palette.ts';

export type Chart = TopLevelSpec;

/** The width all charts are made for, in CSS pixels: a phone's, so that text is never scaled below its size. */
export const chartWidth = 344;
const narrowWidth = 250;

/** Of each panel of so many: four are narrower, and stand beside one another. */
export const panelWidth = (panels: number): number => (panels > 3 ? narrowWidth : chartWidth);

const font = 'system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif';

const look: Config = {
  aria: false, // the drawing as a whole carries one description
  background: 'transparent',
  font,
  padding: 2,
  view: { stroke: null },
  axis: {
    labelColor: paint('muted'),
    titleColor: paint('muted'),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: paint('line'),
    domain: false,
    ticks: false,
    labelPadding: 6,
  },
  axisX: { grid: false, domain: true, domainColor: paint('line') },
  axisY: {
    titleAnchor: 'start',
    titleAlign: 'left',
    titleAngle: 0,
    titleBaseline: 'bottom',
    titleX: 0,
    titleY: -10,
  },
  legend: { disable: true }, // titles and keys are text around the drawing: see sections/figure-html.ts, compose.ts
  range: { category: paints('run') },
  line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
};

/**
 * @param description what the drawing says, for readers who do not see it
 * @returns an `<svg>` element as text
 */
export async function draw(chart: Chart, description: string): Promise<string> {
  // Loaded on use: they take half a second, which commands that draw nothing should not pay.
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new View(parse(compile(chart, { config: look }).spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(description)}" `);
  } finally {
    view.finalize();
  }
}

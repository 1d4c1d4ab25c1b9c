/**
 * A chart specification (Vega-Lite, plain data) drawn to SVG without a browser. The look common to all charts is here;
 * what a chart shows is in figures/.
 *
 * Colors stay CSS variables, so the drawing takes on the theme of the page around it.
 */
import type { Config as VegaConfig } from 'vega';
import type { Config, TopLevelSpec } from 'vega-lite';
import { escapeHtml } from '../html.ts';
import { paint, paints } from './palette.ts';

export type Chart = TopLevelSpec;

export interface DrawOptions {
  /** What the drawing says, for readers who do not see it. */
  readonly description: string;
  /** For a chart that stands alone: its title and its legend are drawn too. On the page they are text around it. */
  readonly title?: string;
}

/** The width all charts are made for, in CSS pixels: a phone's, so that text is never scaled below its size. */
export const chartWidth = 344;

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
  legend: {
    orient: 'bottom',
    direction: 'vertical',
    columns: 2,
    labelColor: paint('ink'),
    titleColor: paint('muted'),
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    labelLimit: 320,
    symbolStrokeWidth: 2,
  },
  title: { anchor: 'start', frame: 'group', fontSize: 14, color: paint('ink'), offset: 12 },
  range: { category: paints('run') },
  line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
};

// Vega's own configuration: Vega-Lite's types have no word for it. Several legends stand below one another.
const legendLayout: VegaConfig = {
  legend: { layout: { bottom: { direction: 'vertical', anchor: 'start', margin: 8 } } },
};

/** @returns an `<svg>` element as text. */
export async function draw(chart: Chart, { description, title }: DrawOptions): Promise<string> {
  // Loaded on use: they take half a second, which commands that draw nothing should not pay.
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const config: Config =
    title === undefined ? { ...look, legend: { disable: true } } : { ...look, padding: 14 };
  const titled = title === undefined ? chart : { ...chart, title, autosize: 'pad' as const };
  const view = new View(parse(compile(titled, { config }).spec, legendLayout), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(description)}" `);
  } finally {
    view.finalize();
  }
}

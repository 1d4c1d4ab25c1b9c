/**
 * A chart specification (Vega-Lite, plain data) drawn to SVG without a browser; a drawing as a file of its own; images as
 * PNG. The look common to all charts is here; what a chart shows is in the files of charts. Vega and sharp take half a second
 * to load, so they are loaded where the first drawing is made, and nowhere else.
 *
 * Colors stay CSS variables, so a drawing takes on the theme of the page around it, until standAlone puts the colors in.
 */
import type { Config, TopLevelSpec } from 'vega-lite';
import { escapeHtml } from './html.ts';
import { paint, paints, palette, type Theme } from './series.ts';

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
  legend: { disable: true }, // titles and keys are text around the drawing: see page.ts, compose.ts
  range: { category: paints('run') },
  line: { strokeWidth: 2, strokeCap: 'round', strokeJoin: 'round' },
};

/**
 * @param description what the drawing says, for readers who do not see it
 * @returns an `<svg>` element as text
 */
export async function draw(chart: Chart, description: string): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const view = new View(parse(compile(chart, { config: look }).spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return svg.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(description)}" `);
  } finally {
    view.finalize();
  }
}

// Programs that read files know no system-ui, and fall back on a font of other widths.
const fileFont = 'Arial, Helvetica, &quot;Liberation Sans&quot;, sans-serif';

/** @param svg an `<svg>` with colors as `var(--name)`, as draw makes it. */
export function standAlone(svg: string, theme: Theme): string {
  const colors = palette(theme);
  const painted = svg
    .replace(/var\((--[a-z0-9-]+)\)/g, (found, name: string) => colors[name] ?? found)
    .replace(/font-family="[^"]*"/g, `font-family="${fileFont}"`);
  const ground = `<rect width="100%" height="100%" fill="${colors['--paper']}"/>`;
  return painted.replace(/^<svg [^>]*>/, (tag) => tag + ground);
}

/** A drawing that stands alone as PNG, with twice as many pixels as it has units; SVG has 72 of them to the inch here. */
export async function drawingPng(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}

/** A small image as PNG inside the page, pixel for pixel; enlarging is left to the page, which keeps the pixels sharp. */
export async function pngDataUri(...image: Parameters<typeof pngBytes>): Promise<string> {
  return `data:image/png;base64,${(await pngBytes(...image)).toString('base64')}`;
}

/**
 * An image as PNG, in 8 bits.
 *
 * @param pixels [C, H, W] in [0, 1], one channel (gray) or three
 */
export async function pngBytes(
  pixels: Float32Array,
  [channels, height, width]: readonly [number, number, number],
): Promise<Buffer> {
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`an image of ${channels} channels cannot be shown`);
  if (pixels.length !== channels * height * width) {
    throw new RangeError(
      `${pixels.length} pixel values do not make an image of ${channels}x${height}x${width}`,
    );
  }
  const area = height * width;
  const bytes = new Uint8Array(pixels.length); // [H, W, C]
  for (let at = 0; at < area; at += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      bytes[at * channels + channel] = toByte(pixels[channel * area + at]);
    }
  }
  const { default: sharp } = await import('sharp');
  return sharp(bytes, { raw: { width, height, channels } }).png().toBuffer();
}

const toByte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));

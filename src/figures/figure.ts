/**
 * A figure: drawings side by side that share one caption, one key and one table of data. What sections show and files hold.
 * And that data as a CSV file, and files as links that need no server.
 */
import { composeSvg } from './compose.ts';
import { type Chart, draw } from './drawing.ts';
import type { Html } from './html.ts';
import { type KeyMark, keyMark } from './series.ts';

/** One drawing of a figure. */
export interface Panel {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly chart: Chart;
}

/** One entry of the key that panels share: a color, and a kind of line or point. */
export interface KeyEntry {
  readonly label: string;
  readonly color: string;
  readonly mark: KeyMark;
}

export interface Figure {
  /** Unique in the report; names files too. */
  readonly id: string;
  /** The heading in a file of its own. */
  readonly title: string;
  readonly caption: Html;
  readonly key: readonly KeyEntry[];
  readonly panels: readonly Panel[];
  readonly data: readonly CsvRow[];
}

/** A figure with its panels drawn, in the page's colors. */
export interface DrawnFigure extends Omit<Figure, 'panels'> {
  readonly panels: readonly { readonly name: string; readonly title: string; readonly svg: string }[];
  /** All of it as one drawing. */
  readonly svg: string;
}

export async function drawFigure(figure: Figure): Promise<DrawnFigure> {
  const panels = await Promise.all(
    figure.panels.map(async ({ name, title, description, chart }) => ({
      name,
      title,
      svg: await draw(chart, description),
    })),
  );
  const key = figure.key.map(({ label, color, mark }) => ({ label, color, mark: keyMark(mark) }));
  return { ...figure, panels, svg: composeSvg(figure.title, panels, key) };
}

/** Analyses of networks that differ in nothing but the seed, drawn together: what their figures are made of. */
export interface FigureSubject<Document> {
  /** Unique in the report: figures are named after it. */
  readonly id: string;
  /** For people: a run, or a regime at an epsilon. */
  readonly label: string;
  /** One for each seed. */
  readonly documents: readonly Document[];
}

/** 'Means of 3 seeds, thin lines the single seeds.'; of one seed, that it is one network. */
export const seedsText = (count: number, singles = 'thin lines the single seeds'): string =>
  count > 1
    ? `Means of ${count} seeds${singles && `, ${singles}`}.`
    : 'One network: another seed may look different.';

export type CsvValue = string | number | undefined;
export type CsvRow = Readonly<Record<string, CsvValue>>;

/** RFC 4180, columns in order of first appearance. */
export function csv(rows: readonly CsvRow[]): string {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const lines = rows.map((row) => columns.map((column) => field(row[column])));
  return [columns.map(field), ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

/** = : / , ; stay as they are: a drawing has many of them, and escaped they take three times the space. */
export const dataUri = (mediaType: string, text: string): string =>
  `data:${mediaType};charset=utf-8,${encodeURIComponent(text).replace(/%(3D|3A|2F|2C|3B)/g, decodeURIComponent)}`;

function field(value: CsvValue): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

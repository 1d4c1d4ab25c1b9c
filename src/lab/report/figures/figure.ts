/** A figure: drawings side by side that share one caption, one key and one table of data. What sections show and files hold. */
import type { CsvRow } from '../csv.ts';
import { type Chart, draw } from '../drawing/draw.ts';
import type { Html } from '../html.ts';

/** Shapes of points, in the order in which they are given out. The page's key draws the same. */
export const pointShapes = ['circle', 'square', 'triangle', 'diamond'] as const;
export type PointShape = (typeof pointShapes)[number];

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
  readonly mark: 'line' | 'dashes' | PointShape;
}

export interface Figure {
  /** Unique in the report; names files too. */
  readonly id: string;
  readonly caption: Html;
  readonly key: readonly KeyEntry[];
  readonly panels: readonly Panel[];
  readonly data: readonly CsvRow[];
}

/** A panel as SVG in the page's colors. The page writes title and key itself; a file carries them within. */
export const drawPanel = ({ chart, description, title }: Panel, use: 'page' | 'file'): Promise<string> =>
  draw(chart, use === 'file' ? { description, title } : { description });

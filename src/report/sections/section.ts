/**
 * A part of a report: a heading over blocks. Blocks are data, so that the page shows a section and files are written of
 * the same section (page.ts, files.ts). Where there is nothing to say there is no section.
 */
import type { CsvRow } from '../csv.ts';
import type { DrawnFigure } from '../figures/figure.ts';
import type { Html } from '../html.ts';
import type { Report } from '../model.ts';

/** A table on the page, with the rows it is made of as a download and a file. */
export interface Table {
  /** Unique in the report; names files too. */
  readonly id: string;
  readonly body: Html;
  readonly data: readonly CsvRow[];
}

/** Something drawn that is no chart: images. */
export interface Picture {
  readonly id: string;
  readonly body: Html;
  readonly data: readonly CsvRow[];
  /** All of it as one drawing, in the page's colors. */
  readonly svg: string;
}

export type Block =
  | { readonly kind: 'text'; readonly body: Html }
  | { readonly kind: 'table'; readonly table: Table }
  | { readonly kind: 'figure'; readonly figure: DrawnFigure }
  | { readonly kind: 'picture'; readonly picture: Picture }
  /** Side by side where there is room. */
  | { readonly kind: 'beside'; readonly blocks: readonly Block[] }
  /** Folded away under a summary. */
  | { readonly kind: 'fold'; readonly summary: string; readonly blocks: readonly Block[] };

export interface Section {
  /** The anchor, and the entry in the list of contents. */
  readonly id: string;
  readonly heading: string;
  /** Beside the heading. */
  readonly mark?: Html;
  /** Set apart by a line above. */
  readonly apart?: boolean;
  readonly blocks: readonly Block[];
}

/** Makes the sections of one part of a report; an empty list where there is nothing to say. */
export type SectionMaker<Of = Report> = (of: Of) => Promise<readonly Section[]> | readonly Section[];

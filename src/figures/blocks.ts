/**
 * A part of a report: a heading over blocks. Blocks are data, so that the page shows a section and files are written of
 * the same section (page.ts, report-files.ts). Where there is nothing to say there is no section.
 */
import { type CsvRow, type DrawnFigure, drawFigure, type Figure } from './figure.ts';
import { type Html, html } from './html.ts';

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
export type SectionMaker<Of> = (of: Of) => Promise<readonly Section[]> | readonly Section[];

// Short ways to write blocks. An absent content leaves no block.

export const text = (body: Html | undefined): Block[] => (body ? [{ kind: 'text', body }] : []);

export const subheading = (words: string): Block[] => text(html`<h3>${words}</h3>`);

export const figure = async (of: Figure | undefined): Promise<Block[]> =>
  of ? [{ kind: 'figure', figure: await drawFigure(of) }] : [];

export const figures = async (all: readonly (Figure | undefined)[]): Promise<Block[]> =>
  (await Promise.all(all.map(figure))).flat();

export const table = (of: Table | undefined): Block[] => (of ? [{ kind: 'table', table: of }] : []);

export const picture = (of: Picture | undefined): Block[] => (of ? [{ kind: 'picture', picture: of }] : []);

export const beside = (...blocks: readonly (readonly Block[])[]): Block[] => [
  { kind: 'beside', blocks: blocks.flat() },
];

export const fold = (summary: string, ...blocks: readonly (readonly Block[])[]): Block[] =>
  blocks.flat().length === 0 ? [] : [{ kind: 'fold', summary, blocks: blocks.flat() }];

/** Blocks under a subheading; nothing at all, or what is said instead, where there are none. */
export function part(heading: string, blocks: readonly Block[], otherwise?: string): Block[] {
  if (blocks.length > 0) return [...subheading(heading), ...blocks];
  return otherwise === undefined
    ? []
    : [...subheading(heading), ...text(html`<p class="muted">${otherwise}</p>`)];
}

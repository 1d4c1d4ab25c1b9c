/** Short ways to write blocks. An absent content leaves no block. */
import { drawFigure, type Figure } from '../figures/figure.ts';
import { type Html, html } from '../html.ts';
import type { Block, Picture, Table } from './section.ts';

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

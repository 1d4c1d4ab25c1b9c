/** Blocks on the page: figures with their keys, captions and downloads, tables with theirs. */
import { csv, dataUri } from '../csv.ts';
import { standAlone } from '../drawing/stand-alone.ts';
import type { DrawnFigure, KeyEntry } from '../figures/figure.ts';
import { keyMark } from '../figures/key-mark.ts';
import { type Html, html, trusted } from '../html.ts';
import type { Block, Picture, Table } from './section.ts';

export function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'text':
      return block.body;
    case 'table':
      return tableHtml(block.table);
    case 'figure':
      return figureHtml(block.figure);
    case 'picture':
      return pictureHtml(block.picture);
    case 'beside':
      return html`<div class="beside">${block.blocks.map((each) => html`<div>${blockHtml(each)}</div>`)}</div>`;
    case 'fold':
      return html`<details><summary>${block.summary}</summary><div>${block.blocks.map(blockHtml)}</div></details>`;
  }
}

const tableHtml = ({ id, body, data }: Table): Html =>
  html`<div class="scroll">${body}</div>${fileList([dataLink(id, data)])}`;

const figureHtml = ({ id, key, panels, caption, data, svg }: DrawnFigure): Html => html`<figure id="${id}">
    ${key.length > 0 && html`<ul class="key">${key.map(keyEntry)}</ul>`}
    <div class="panels">${panels.map(({ title, svg }) => html`<div class="panel"><p>${title}</p>${trusted(svg)}</div>`)}</div>
    <figcaption>${caption}</figcaption>
    ${fileList([dataLink(id, data), drawingLink(id, svg)])}
  </figure>`;

const pictureHtml = ({ id, body, data, svg }: Picture): Html => html`<figure id="${id}">
    ${body}
    ${fileList([dataLink(id, data), drawingLink(id, svg)])}
  </figure>`;

const dataLink = (id: string, data: Table['data']): Html =>
  download('data (CSV)', `${id}.csv`, 'text/csv', csv(data));

const drawingLink = (id: string, svg: string): Html =>
  download('drawing (SVG)', `${id}.svg`, 'image/svg+xml', standAlone(svg, 'light'));

/** A link that holds its file. */
const download = (text: string, name: string, mediaType: string, content: string): Html =>
  html`<a download="${name}" href="${dataUri(mediaType, content)}">${text}</a>`;

const fileList = (links: readonly Html[]): Html => html`<p class="files">${links}</p>`;

const keyEntry = ({ label, color, mark }: KeyEntry): Html =>
  html`<li><svg width="24" height="12" aria-hidden="true" style="color:${color}">${trusted(keyMark(mark))}</svg>${label}</li>`;

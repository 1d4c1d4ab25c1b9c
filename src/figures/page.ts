/** The page that every report is: one HTML file that opens offline and needs no script. What it says is in its sections. */
import type { Block, Picture, Section, Table } from './blocks.ts';
import { csv, dataUri } from './csv.ts';
import { standAlone } from './drawing.ts';
import type { DrawnFigure, KeyEntry } from './figure.ts';
import { type Html, html, trusted } from './html.ts';
import { styles } from './page-styles.ts';
import { keyMark } from './series.ts';
import { moment } from './values.ts';

/** What a report says of how it was made. */
export interface Generated {
  readonly version: string;
  readonly command: string;
  readonly date: string;
}

export interface Page {
  readonly title: string;
  /** Beneath the title. */
  readonly lead: string;
  readonly generated: Generated;
  /** Between contents and sections: what is to be read first. */
  readonly notice?: Html | undefined;
  readonly sections: readonly Section[];
}

/** The whole file as text. Deterministic: equal pages give equal files. */
export const pageHtml = ({ title, lead, generated, notice, sections }: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="dualbn ${generated.version}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(styles)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="lead">${lead}</p>
<nav aria-label="Contents"><ul>${sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
${notice}
</header>
${sections.map(sectionHtml)}
</main>
<footer><p>Made by dualbn ${generated.version} on ${moment(generated.date)} with <code>${generated.command}</code></p></footer>
</body>
</html>
`.text;

const sectionHtml = ({ id, heading, mark, apart, blocks }: Section): Html =>
  html`<section id="${id}"${apart && trusted(' class="apart"')}>
<h2>${heading}${mark && html` ${mark}`}</h2>
${blocks.map(blockHtml)}
</section>
`;

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

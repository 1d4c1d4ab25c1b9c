/**
 * The page that every report is, and its style sheet: one HTML file that opens offline and needs no script. What it says is
 * in its sections; its colors are the palette, the same that drawings use.
 */
import type { Block, Picture, Section, Table } from './blocks.ts';
import { standAlone } from './drawing.ts';
import { csv, type DrawnFigure, dataUri, type KeyEntry } from './figure.ts';
import { type Html, html, trusted } from './html.ts';
import { keyMark, palette, type Theme } from './series.ts';
import { moment } from './values.ts';

/** What a report says of how it was made. */
export interface Generated {
  readonly version: string;
  readonly command: string;
  /** Absent in what must come out the same whenever it is made. */
  readonly date?: string;
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
${contents(sections)}
${notice}
</header>
${sections.map(sectionHtml)}
</main>
<footer><p>Made by dualbn ${generated.version}${generated.date !== undefined && ` on ${moment(generated.date)}`} with <code>${generated.command}</code></p></footer>
</body>
</html>
`.text;

/** More than a line or two of it would be all that a screen shows at first: then it is folded. */
function contents(sections: readonly Section[]): Html {
  const list = html`<nav aria-label="Contents"><ul>${sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>`;
  return sections.length <= 8
    ? list
    : html`<details class="contents"><summary>Contents</summary>${list}</details>`;
}

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

const variables = (theme: Theme): string =>
  Object.entries(palette(theme))
    .map(([name, color]) => `${name}:${color};`)
    .join('');

const styles = `
:root { color-scheme: light dark; ${variables('light')} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables('dark')} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main, footer { max-width: 1128px; margin: 0 auto; padding: 0 20px; }
h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); line-height: 1.2; margin: 2.2rem 0 .4rem; letter-spacing: -.015em; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 3.2rem 0 .8rem; letter-spacing: -.01em; }
h3 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
p { margin: 0 0 .8rem; max-width: 72ch; }
a { color: var(--link); }
.lead { color: var(--muted); font-size: 1.05rem; }
.muted, figcaption, caption { color: var(--muted); }
section.apart { border-top: 1px solid var(--line); margin-top: 3.2rem; }
section.apart > h2 { margin-top: 1.6rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: 1.2rem 0 0; padding: 0; }

.scroll { overflow-x: auto; margin: 0 0 .3rem; }
.scroll + .files { margin-bottom: 1.6rem; }
table { border-collapse: collapse; font-size: .94rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 0 0 .5rem; font-size: .9rem; }
th, td { text-align: left; padding: .38rem 1.4rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
thead th { color: var(--muted); font-weight: 500; border-bottom-color: var(--muted); white-space: nowrap; }
tbody th { font-weight: 600; }
tr.group th { padding-top: 1rem; border-bottom-color: var(--muted); }
tr.swap td { color: var(--muted); }
table.cells td, table.cells th, table.statements td { white-space: nowrap; }
table.cells th, table.cells td { padding-right: .9rem; }
table.statements td.rule { white-space: normal; min-width: 7em; }
table.statements th[scope=row] { font-weight: 500; min-width: 13em; }
tr.told th, tr.told td { color: var(--muted); }
.verdict { white-space: nowrap; font-weight: 600; }
h2 .verdict { font-size: 1rem; margin-left: .4rem; }
ul.columns { columns: 17em; padding-left: 1.2rem; font-size: .9rem; }
.value { display: inline-block; min-width: 2.3em; text-align: right; }
td small { color: var(--muted); font-size: .82em; margin-left: .3em; }
.tag { font-size: .78rem; border: 1px solid var(--line); border-radius: 99px; padding: .05rem .5rem; margin-left: .3rem; white-space: nowrap; }

dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 156px), 1fr)); gap: .9rem 1.6rem; margin: 0 0 1.4rem; }
dl.facts dt { color: var(--muted); font-size: .85rem; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }

.beside { display: flex; flex-wrap: wrap; gap: 1.6rem 3.2rem; align-items: flex-start; }
.beside > * { min-width: 0; max-width: 100%; }
.beside > :has(figure) { flex: 1 1 344px; }
.beside figure { margin-top: 0; }

figure { margin: 0 0 1.6rem; }
figcaption { font-size: .9rem; max-width: 80ch; margin-top: .7rem; }
.panels { display: flex; flex-wrap: wrap; gap: 1.2rem 24px; align-items: flex-start; }
.panel { flex: 0 1 auto; max-width: 100%; }
.panel > p { margin: 0 0 .3rem; font-weight: 600; font-size: .95rem; }
.panel svg { display: block; max-width: 100%; height: auto; overflow: visible; }
ul.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; list-style: none; margin: 0 0 .7rem; padding: 0; font-size: .9rem; }
ul.key li { display: flex; align-items: center; gap: .45rem; overflow-wrap: anywhere; }
ul.key svg { flex: none; }
.files { font-size: .85rem; margin: .25rem 0 0; }
.files a { margin-right: .7rem; }

ul.pictures { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.4rem 28px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); }
ul.pictures li { display: grid; grid-template-columns: repeat(3, 1fr); gap: .35rem 8px; align-content: start; font-size: .85rem; line-height: 1.35; }
ul.pictures img { width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; border-radius: 4px; background: var(--panel); }
ul.pictures span { color: var(--muted); display: block; }
ul.pictures b { font-weight: 600; overflow-wrap: anywhere; }

.failed-checks { background: var(--warning-paper); color: var(--warning-ink); border-left: 4px solid var(--adv); border-radius: 4px; padding: .8rem 1rem; margin: 1.4rem 0; }
.failed-checks p { font-weight: 600; margin: 0 0 .3rem; }
.failed-checks ul { margin: 0; padding-left: 1.2rem; }
details { margin: 1rem 0; }
summary { cursor: pointer; font-weight: 600; font-size: .95rem; }
details > :not(summary) { margin-top: .8rem; }
pre { background: var(--panel); border-radius: 6px; padding: .9rem 1rem; overflow-x: auto; font: .82rem/1.5 ui-monospace, "Liberation Mono", monospace; }
code { font-family: ui-monospace, "Liberation Mono", monospace; font-size: .9em; overflow-wrap: anywhere; }
footer { color: var(--muted); font-size: .85rem; padding-top: 2rem; padding-bottom: 3rem; }
@media (max-width: 560px) {
  table { font-size: .88rem; }
  th, td { padding-right: .7rem; }
  td small, td .tag { display: block; width: fit-content; margin-left: 0; }
  .value { min-width: 0; }
  .verdict { white-space: normal; }
  table.verdicts th[scope=row] { min-width: 9.5em; }
}
@media print { details > :not(summary) { display: block; } figure, li, tr { break-inside: avoid; } }
`;

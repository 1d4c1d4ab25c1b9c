/** A figure on the page: its key, its panels, its caption, and its data and drawings as downloads. */
import { csv, dataUri } from '../csv.ts';
import { standAlone } from '../drawing/stand-alone.ts';
import { drawPanel, type Figure, type KeyEntry } from '../figures/figure.ts';
import { type Html, html, trusted } from '../html.ts';

/** @returns undefined for no figure, so that an absent one leaves nothing on the page. */
export async function figureHtml(figure: Figure | undefined): Promise<Html | undefined> {
  if (!figure) return undefined;
  const { id, caption, key, panels, data } = figure;
  const drawn = await Promise.all(
    panels.map(async (panel) => ({
      ...panel,
      svg: await drawPanel(panel, 'page'),
      file: standAlone(await drawPanel(panel, 'file'), 'light'),
    })),
  );
  const files = [
    download('data (CSV)', `${id}.csv`, 'text/csv', csv(data)),
    ...drawn.map(({ name, file }) => download(`${name} (SVG)`, `${id}-${name}.svg`, 'image/svg+xml', file)),
  ];
  return html`<figure id="${id}">
    ${key.length > 0 && html`<ul class="key">${key.map(keyEntry)}</ul>`}
    <div class="panels">${drawn.map(({ title, svg }) => html`<div class="panel"><p>${title}</p>${trusted(svg)}</div>`)}</div>
    <figcaption>${caption}</figcaption>
    ${fileList(files)}
  </figure>`;
}

/** A link that holds its file. */
export const download = (text: string, name: string, mediaType: string, content: string): Html =>
  html`<a download="${name}" href="${dataUri(mediaType, content)}">${text}</a>`;

export const fileList = (links: readonly Html[]): Html => html`<p class="files">${links}</p>`;

const marks: Readonly<Record<KeyEntry['mark'], string>> = {
  circle: '<circle cx="7" cy="6" r="5" fill="currentColor"/>',
  square: '<rect x="2.5" y="1.5" width="9" height="9" fill="currentColor"/>',
  triangle: '<path d="M7 1L13 11H1Z" fill="currentColor"/>',
  diamond: '<path d="M7 0L13 6L7 12L1 6Z" fill="currentColor"/>',
  line: '<path d="M0 6H22" stroke="currentColor" stroke-width="2"/>',
  dashes: '<path d="M0 6H22" stroke="currentColor" stroke-width="2" stroke-dasharray="3 5"/>',
};

const keyEntry = ({ label, color, mark }: KeyEntry): Html =>
  html`<li><svg width="${mark === 'line' || mark === 'dashes' ? 22 : 14}" height="12" aria-hidden="true" style="color:${color}">${trusted(marks[mark])}</svg>${label}</li>`;

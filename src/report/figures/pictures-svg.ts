/** The strip of images as one drawing, for files. The page lays the same pictures out itself, to fit its width. */
import { paint } from '../drawing/palette.ts';
import { html } from '../html.ts';
import type { Example, Pictures } from './pictures.ts';

const side = 96;
const gap = 8;
const heading = 28;
const margin = 12;

/** Rows: clean, adversarial, perturbation; a column for each image, with its predictions below. */
export function picturesSvg({ examples, gain }: Pictures, description: string): string {
  const rows = [
    {
      title: 'clean',
      source: ({ clean }: Example) => clean,
      text: ({ image }: Example) => image.predictedClean,
    },
    {
      title: 'adversarial',
      source: ({ adversarial }: Example) => adversarial,
      text: ({ image }: Example) => image.predictedAdversarial,
    },
    { title: `change, ${gain} times`, source: ({ perturbation }: Example) => perturbation, text: () => '' },
  ];
  const band = heading + side + gap;
  const text = (x: number, y: number, content: string, color: string) =>
    html`<text x="${x}" y="${y}" font-family="system-ui, sans-serif" font-size="12" fill="${color}">${content}</text>`;
  const column = (row: (typeof rows)[number], top: number) => (example: Example, at: number) => {
    const x = margin + at * (side + gap);
    return html`<image x="${x}" y="${top + heading}" width="${side}" height="${side}" style="image-rendering:pixelated" preserveAspectRatio="none" href="${row.source(example)}"/>
      ${text(x, top + heading - 5, row.text(example), paint('ink'))}`;
  };
  const body = rows.map((row, at) => {
    const top = margin + at * (band + 14);
    return html`${text(margin, top + 8, row.text === rows[2].text ? row.title : `${row.title}, predicted as`, paint('muted'))}
      ${examples.map(column(row, top + 4))}`;
  });
  const width = 2 * margin + examples.length * (side + gap) - gap;
  const height = 2 * margin + rows.length * (band + 14) - 14;
  return html`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${description}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`
    .text;
}

/**
 * Images before and after the attack and the change between them, as PNG, with what the network says of them: laid out by the
 * page, and as one drawing for files.
 */
import { normNames, norms } from '../attacks/index.ts';
import { type CsvRow, type Html, html, type Picture, paint, pngDataUri, slug } from '../figures/index.ts';
import type { ReportImage, ReportRun } from './report-data.ts';

/** @returns undefined for a run without images. */
export async function imagesPicture({ name, images }: ReportRun): Promise<Picture | undefined> {
  if (!images || images.examples.length === 0) return undefined;
  const pictures = await drawPictures(images.examples);
  return {
    id: `${slug(name)}-images`,
    body: html`<ul class="pictures">${pictures.examples.map((example) => exampleHtml(example, pictures.gain))}</ul>
    <figcaption>${name}, attacked and predicted through ${images.through}. The change is shown ${pictures.gain} times as large,
      gray where a pixel is unchanged.</figcaption>`,
    data: pictureRows(name, images.examples),
    svg: picturesSvg(pictures, `Images before and after the attack on ${name}`),
  };
}

const exampleHtml = ({ image, clean, adversarial, perturbation }: Example, gain: number): Html => html`<li>
  <img src="${clean}" alt="${image.label}, clean"><img src="${adversarial}" alt="${image.label}, adversarial"><img src="${perturbation}" alt="the change, ${gain} times as large">
  <div><span>clean</span>${verdict(image.predictedClean, image.label)}</div>
  <div><span>adversarial</span>${verdict(image.predictedAdversarial, image.label)}</div>
  <div><span>change × ${gain}</span>true: ${image.label}</div>
</li>`;

const verdict = (predicted: string, label: string): Html =>
  html`<b>${predicted}</b> ${predicted === label ? '✓' : '✗'}`;

export interface Example {
  readonly image: ReportImage;
  readonly clean: string;
  readonly adversarial: string;
  readonly perturbation: string;
}

export interface Pictures {
  readonly examples: readonly Example[];
  /** How many times the perturbation is enlarged. */
  readonly gain: number;
}

/**
 * Gray is an unchanged pixel: 0.5 + gain (adversarial - clean), the gain such that the largest change of all
 * images just about spans the range.
 */
export async function drawPictures(images: readonly ReportImage[]): Promise<Pictures> {
  const largest = Math.max(...images.map((image) => largestChange(image)), 0);
  const gain = largest > 0 ? Math.max(1, Math.round(0.5 / largest)) : 1;
  const examples = images.map(async (image): Promise<Example> => {
    const change = differences(image).map((value) => 0.5 + gain * value);
    const [clean, adversarial, perturbation] = await Promise.all(
      [image.clean, image.adversarial, change].map((pixels) => pngDataUri(pixels, image.shape)),
    );
    return { image, clean, adversarial, perturbation };
  });
  return { examples: await Promise.all(examples), gain };
}

/** What is shown, as rows: the classes, and how far the attack went, in every norm. */
export const pictureRows = (run: string, images: readonly ReportImage[]): CsvRow[] =>
  images.map((image) => {
    const change = differences(image);
    const sizes = normNames.map((name) => [name, Number(norms[name].size(change).toFixed(6))] as const);
    return {
      run,
      label: image.label,
      predictedClean: image.predictedClean,
      predictedAdversarial: image.predictedAdversarial,
      ...Object.fromEntries(sizes),
    };
  });

const differences = ({ clean, adversarial }: ReportImage): Float32Array =>
  adversarial.map((value, at) => value - clean[at]);

const largestChange = (image: ReportImage): number => norms.linf.size(differences(image));

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

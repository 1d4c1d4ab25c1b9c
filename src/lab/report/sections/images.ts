/** A strip of images: clean, adversarial and the change between them, with what the network says before and after. */
import { csv } from '../csv.ts';
import { standAlone } from '../drawing/stand-alone.ts';
import { drawPictures, type Example, pictureRows } from '../figures/pictures.ts';
import { picturesSvg } from '../figures/pictures-svg.ts';
import { slug } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import { download, fileList } from './figure-html.ts';

/** @returns undefined for a run without images. */
export async function imagesHtml({ name, images }: ReportRun): Promise<Html | undefined> {
  if (!images || images.examples.length === 0) return undefined;
  const pictures = await drawPictures(images.examples);
  const id = `${slug(name)}-images`;
  const description = `Images before and after the attack on ${name}`;
  const files = [
    download('data (CSV)', `${id}.csv`, 'text/csv', csv(pictureRows(name, images.examples))),
    download(
      'images (SVG)',
      `${id}.svg`,
      'image/svg+xml',
      standAlone(picturesSvg(pictures, description), 'light'),
    ),
  ];
  return html`<figure id="${id}">
    <ul class="pictures">${pictures.examples.map((example) => exampleHtml(example, pictures.gain))}</ul>
    <figcaption>Attacked and predicted through ${images.through}. The change is shown ${pictures.gain} times as large,
      gray where a pixel stayed as it was.</figcaption>
    ${fileList(files)}
  </figure>`;
}

const exampleHtml = ({ image, clean, adversarial, perturbation }: Example, gain: number): Html => html`<li>
  <img src="${clean}" alt="${image.label}, clean"><img src="${adversarial}" alt="${image.label}, adversarial"><img src="${perturbation}" alt="the change, ${gain} times as large">
  <div><span>clean</span>${verdict(image.predictedClean, image.label)}</div>
  <div><span>adversarial</span>${verdict(image.predictedAdversarial, image.label)}</div>
  <div><span>change × ${gain}</span>true: ${image.label}</div>
</li>`;

const verdict = (predicted: string, label: string): Html =>
  html`<b>${predicted}</b> ${predicted === label ? '✓' : '✗'}`;

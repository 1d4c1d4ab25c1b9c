/** A strip of images: clean, adversarial and the change between them, with what the network says before and after. */
import { drawPictures, type Example, pictureRows } from '../figures/pictures.ts';
import { picturesSvg } from '../figures/pictures-svg.ts';
import { slug } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import type { Picture } from './section.ts';

/** @returns undefined for a run without images. */
export async function imagesPicture({ name, images }: ReportRun): Promise<Picture | undefined> {
  if (!images || images.examples.length === 0) return undefined;
  const pictures = await drawPictures(images.examples);
  return {
    id: `${slug(name)}-images`,
    body: html`<ul class="pictures">${pictures.examples.map((example) => exampleHtml(example, pictures.gain))}</ul>
    <figcaption>${name}, attacked and predicted through ${images.through}. The change is shown ${pictures.gain} times as large,
      gray where a pixel stayed as it was.</figcaption>`,
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

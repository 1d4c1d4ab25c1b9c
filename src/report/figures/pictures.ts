/** Images before and after the attack, and what the attack added, as PNG. Laid out by sections/images.ts and pictures-svg.ts. */
import type { CsvRow } from '../csv.ts';
import { pngDataUri } from '../drawing/picture.ts';
import type { ReportImage } from '../model.ts';

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
 * Gray stands for an unchanged pixel: 0.5 + gain (adversarial - clean), the gain such that the largest change of all
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

/** What is shown, as rows: the classes, and how far the attack went (the largest change, and the Euclidean length). */
export const pictureRows = (run: string, images: readonly ReportImage[]): CsvRow[] =>
  images.map((image) => ({
    run,
    label: image.label,
    predictedClean: image.predictedClean,
    predictedAdversarial: image.predictedAdversarial,
    linf: Number(largestChange(image).toFixed(6)),
    l2: Number(euclidean(differences(image)).toFixed(6)),
  }));

const differences = ({ clean, adversarial }: ReportImage): Float32Array =>
  adversarial.map((value, at) => value - clean[at]);

const euclidean = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

const largestChange = (image: ReportImage): number =>
  differences(image).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

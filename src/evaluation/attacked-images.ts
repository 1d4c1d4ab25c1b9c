/**
 * The images of an attack that was asked for, in one cell: of each example the one that broke it (of a suite, that of the stage that
 * did), and the clean image where none did or where it is misclassified as it is. So the accuracy on them is the robust accuracy. An
 * image that is not within the ball breaks nothing, and is none of them.
 *
 * Attack runs keep images only where somebody asks for them. Of what was found before an evaluation was cut only numbers are known: an
 * example that was broken then is attacked again for its image, to the same result; one that was not needs none.
 */
import { type Examples, type NormName, norms, type Predictor, predictedClass } from '../attacks/index.ts';
import type { Cell } from '../nn/index.ts';

export interface AttackedImages {
  readonly cell: Cell;
  /** Of an attack or a suite, as it was asked for. */
  readonly attack: string;
  readonly norm: NormName;
  readonly epsilon: number;
  /** [N, C, H, W]. */
  readonly images: Float32Array;
  /** Index in the data set, [N]. */
  readonly indices: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  /** 1 where the clean image is classified right, [N]. */
  readonly cleanCorrect: Uint8Array;
  /** Which stage broke an example, counted from 1; 0 where none did, [N]. */
  readonly brokenBy: Uint8Array;
  /** What these images are classified as, [N]; -1 where a logit is NaN or +Infinity. */
  readonly predicted: Int32Array;
  /** How far they are from the clean ones in the norm, [N]. */
  readonly distance: Float32Array;
}

export type OnImages = (found: AttackedImages) => void | Promise<void>;

type Found = Omit<AttackedImages, 'images' | 'indices' | 'labels' | 'predicted' | 'distance'>;

/** Put together what an attack found. @param imageOf The image that a stage, counted from 1, returned for an example. */
export async function attackedImages(
  predict: Predictor,
  classes: number,
  { images: clean, labels, indices }: Required<Examples>,
  found: Found,
  imageOf: (place: number, example: number) => Float32Array | undefined,
): Promise<AttackedImages> {
  const images = clean.slice();
  const count = labels.length;
  const size = images.length / count;
  const distance = new Float32Array(count);
  for (const [at, place] of found.brokenBy.entries()) {
    if (place === 0) continue;
    const image = imageOf(place, at);
    if (!image) throw new RangeError(`there is no image of example ${indices[at]} that stage ${place} broke`);
    images.set(image, at * size);
    distance[at] = norms[found.norm].size(image.map((value, i) => value - clean[at * size + i]));
  }
  const logits = await predict(images);
  const predicted = Int32Array.from(labels, (_, at) => predictedClass(logits, classes, at));
  return { ...found, images, labels, indices, predicted, distance };
}

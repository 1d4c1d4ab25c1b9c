/**
 * Random crop and flip of one image, decided by (seed, epoch, example) alone: the same whatever batch it is in.
 * Conversion from bytes to [0, 1] happens in the same pass.
 */
import { integers } from '../random/index.ts';
import { type Augmentation, type ImageShape, imageSize } from './dataset.ts';

/** Where an image is read from: moved by (top, left) pixels into its zero-padded self, then mirrored. */
export interface Placement {
  /** Row of the source at the crop's first row; negative is padding. */
  readonly top: number;
  readonly left: number;
  readonly flip: boolean;
}

export const IDENTITY: Placement = { top: 0, left: 0, flip: false };

const CROP = 0;
const FLIP = 1;

/** The placement of an example in an epoch: top and left uniform over -padding .. padding, flip of probability 1/2. */
export function placement(
  { padding, flip }: Augmentation,
  { seed, epoch, example }: { readonly seed: number; readonly epoch: number; readonly example: number },
): Placement {
  const key = { seed, purpose: 'augmentation', epoch, example } as const;
  const [top, left] =
    padding === 0 ? [padding, padding] : integers({ ...key, draw: CROP }, 2, 2 * padding + 1);
  return {
    top: top - padding,
    left: left - padding,
    flip: flip && integers({ ...key, draw: FLIP }, 1, 2)[0] === 1,
  };
}

/** Which example of which epoch an augmentation is for: all that its random numbers may depend on. */
export interface AugmentationKey {
  readonly seed: number;
  readonly epoch: number;
  readonly example: number;
}

/**
 * An augmentation of one's own: writes the image of an example as float32 in [0, 1], made of its bytes [channels, height, width]. The
 * same key must give the same image, or a resumed training differs.
 */
export type Augment = (
  source: Uint8Array,
  shape: ImageShape,
  key: AugmentationKey,
  out: Float32Array,
) => void;

/** The built-in augmentation: a random crop and flip. */
export const cropAndFlip =
  (augmentation: Augmentation): Augment =>
  (source, shape, key, out) =>
    place(source, shape, placement(augmentation, key), out);

/** value / 255, rounded to float32 once. */
const UNIT = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/**
 * Writes one image as float32 in [0, 1].
 *
 * @param source bytes of the image, [channels, height, width]
 * @param out memory of as many values, [channels, height, width]
 */
export function place(
  source: Uint8Array,
  shape: ImageShape,
  { top, left, flip }: Placement,
  out: Float32Array,
): void {
  const { channels, height, width } = shape;
  if (top === 0 && left === 0 && !flip) {
    for (let i = 0; i < imageSize(shape); i++) out[i] = UNIT[source[i]];
    return;
  }
  out.fill(0, 0, imageSize(shape));
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(width, width - left);
  for (let c = 0; c < channels; c++) {
    for (let y = Math.max(0, -top); y < Math.min(height, height - top); y++) {
      const from = (c * height + y + top) * width + left;
      const row = (c * height + y) * width;
      for (let x = firstColumn; x < lastColumn; x++) {
        out[row + (flip ? width - 1 - x : x)] = UNIT[source[from + x]];
      }
    }
  }
}

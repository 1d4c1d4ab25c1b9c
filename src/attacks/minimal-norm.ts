/**
 * Distances of attacks that seek the nearest adversarial image, rather than one in a given ball.
 *
 * An image counts as within epsilon if |x' - x| <= epsilon (1 + 1e-6) + 2^-24: images are float32, so one that a projection put on
 * the sphere may be beyond it by a rounding.
 */
import { type NormName, norms } from './norms.ts';

/** How far an image is from the clean one, both [C, H, W]. */
export function distanceOf(norm: NormName, x: Float32Array, clean: Float32Array): number {
  return norms[norm].size(x.map((value, at) => value - clean[at]));
}

/** Whether a distance counts as no more than epsilon. */
export const isWithin = (distance: number, epsilon: number): boolean =>
  distance <= epsilon * (1 + 1e-6) + 2 ** -24;

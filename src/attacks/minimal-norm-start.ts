/** Where attacks that seek the nearest adversarial image begin, and what two of them do with their step size. */
import { type Ball, startOnSphere } from './apgd.ts';
import type { SearchKey } from './definition.ts';

/** The clean image; in later restarts, a point halfway to the sphere of epsilon. `draw` tells one attack's and target's from another's. */
export function startFromClean(
  { norm, epsilon }: Ball,
  key: SearchKey,
  draw: number,
  clean: Float32Array,
  x: Float32Array,
): void {
  if (key.restart === 0) x.set(clean);
  else startOnSphere({ norm, epsilon: epsilon / 2 }, key, draw, clean, x);
}

/** From a first value to a last one, along half a cosine: at step 0 the first. */
export const annealed = (first: number, last: number, step: number, steps: number): number =>
  last + ((first - last) * (1 + Math.cos((Math.PI * step) / steps))) / 2;

export const inL1 = () => ({ norm: 'l1' });

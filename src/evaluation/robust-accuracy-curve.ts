/**
 * Robust accuracy over epsilon from the distances of nearest adversarial images, so that one run of an attack that seeks them gives the
 * whole curve: an example is robust at epsilon if no adversarial image within epsilon was found.
 */
import { isWithin } from '../attacks/index.ts';
import { type Interval, wilsonInterval } from '../statistics/index.ts';

export interface RobustAccuracyPoint {
  readonly epsilon: number;
  readonly accuracy: number;
  /** Wilson's, of 95 %, at this epsilon alone: that all points of a curve are in theirs is less likely. */
  readonly interval: Interval;
}

/** A point for each epsilon. Distances are of all examples: 0 where the clean image is misclassified, Infinity where none was found. */
export function robustAccuracyCurve(
  distances: ArrayLike<number>,
  epsilons: readonly number[],
): RobustAccuracyPoint[] {
  const all = Array.from(distances);
  return epsilons.map((epsilon) => {
    // A distance of 0 is a clean image that is misclassified; what is not a number is never robust.
    const robust = all.filter((distance) => distance > 0 && !isWithin(distance, epsilon)).length;
    return {
      epsilon,
      accuracy: robust / Math.max(all.length, 1),
      interval: wilsonInterval(robust, all.length),
    };
  });
}

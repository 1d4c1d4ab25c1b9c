/** Mean and spread of a list of numbers. */

export function mean(values: ArrayLike<number>): number {
  let total = 0;
  for (let at = 0; at < values.length; at += 1) total += values[at];
  return total / values.length;
}

/** The unbiased sample variance; 0 of a single value. @param about the mean, where it is known already. */
export function variance(values: ArrayLike<number>, about = mean(values)): number {
  let total = 0;
  for (let at = 0; at < values.length; at += 1) total += (values[at] - about) ** 2;
  return values.length > 1 ? total / (values.length - 1) : 0;
}

/** The square root of the unbiased variance; 0 of a single value. */
export const standardDeviation = (values: ArrayLike<number>): number => Math.sqrt(variance(values));

// How sure a share is.

/** Lower and upper end, as fractions. */
export type Interval = readonly [low: number, high: number];

/** The normal quantile of 97.5 %. */
const z = 1.959963984540054;

/**
 * How sure an accuracy is: the 95 % interval of Wilson (1927) for k right of n, which stays in [0, 1] and is honest at
 * its ends, where the usual p +- 1.96 sqrt(p (1 - p) / n) shrinks to nothing:
 *
 *   centre (k + z^2/2) / (n + z^2)        half width z / (n + z^2) sqrt(k (n - k) / n + z^2 / 4)
 *
 * It speaks of the choice of test images alone; seeds of training differ by more.
 */
export function wilsonInterval(right: number, count: number): Interval {
  if (count === 0) return [0, 1];
  const scale = count + z ** 2;
  const centre = (right + z ** 2 / 2) / scale;
  const half = (z / scale) * Math.sqrt((right * (count - right)) / count + z ** 2 / 4);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

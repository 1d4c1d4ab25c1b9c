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

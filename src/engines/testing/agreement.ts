/** How far two tensors' values are apart, as one number. */

// Below this a tensor is zero but for rounding, and a relative difference means nothing.
const ZERO = 1e-6;

/** The largest difference as a fraction of the largest expected value; NaN where either holds a NaN. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values cannot be compared with ${expected.length}`);
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i += 1) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return scale < ZERO ? difference : difference / scale;
}

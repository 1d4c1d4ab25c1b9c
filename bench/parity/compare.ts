/** How far two results are apart. */
export { relativeDifference } from '../../src/engines/testing/numbers.ts';

export function largestDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} values, not ${expected.length}`);
  return actual.reduce((largest, value, at) => Math.max(largest, Math.abs(value - expected[at])), 0);
}

/** |actual - expected| / |expected|, in the Euclidean norm. */
export function distance(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length)
    throw new RangeError(`${actual.length} values, not ${expected.length}`);
  const difference = actual.reduce((total, value, at) => total + (value - expected[at]) ** 2, 0);
  return Math.sqrt(difference / expected.reduce((total, value) => total + value ** 2, 0));
}

/** The same for each image of a batch. */
export function distances(actual: Float32Array, expected: Float32Array, batch: number): number[] {
  const size = expected.length / batch;
  return Array.from({ length: batch }, (_, image) => {
    const [begin, end] = [image * size, (image + 1) * size];
    return distance(actual.subarray(begin, end), expected.subarray(begin, end));
  });
}

/**
 * The pixels at which two adversarial images differ although the gradient there was at no step of the attack within
 * rounding of zero, that is below `rounding` times its largest magnitude. (Where it is, its sign is anybody's.)
 */
export function strayPixels(
  actual: Float32Array,
  expected: Float32Array,
  gradients: readonly Float32Array[],
  rounding: number,
): number[] {
  const thresholds = gradients.map(
    (gradient) => rounding * gradient.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
  );
  const stray: number[] = [];
  for (let at = 0; at < expected.length; at += 1) {
    if (Math.abs(actual[at] - expected[at]) <= 1e-5) continue;
    if (!gradients.some((gradient, step) => Math.abs(gradient[at]) <= thresholds[step])) stray.push(at);
  }
  return stray;
}

/**
 * How far two sets of channel values are apart. Of values a_1..a_C and b_1..b_C of the same channels:
 *
 *   distance     1/C sum |a_c - b_c|                      channel against channel
 *   wasserstein  integral_0^1 |A^-1(q) - B^-1(q)| dq      1-Wasserstein between the sets, whichever channel a value is of:
 *                                                         for sets of one size, the mean difference of sorted values
 *   cosine       a . b / (|a| |b|)                        1 for equal directions
 *
 * The Wasserstein distance is what the authors plotted; it is never larger than the distance channel against channel.
 * A measure over batches has a bootstrap interval.
 */

import { integers } from '../random/index.ts';

/** One number a measure. */
export interface Measures {
  readonly distance: number;
  readonly wasserstein: number;
  readonly cosine: number;
}

export const measureNames = [
  'distance',
  'wasserstein',
  'cosine',
] as const satisfies readonly (keyof Measures)[];

/** All measures of two sets of the same channels. @throws RangeError for sets of different sizes. */
export function measure(a: ArrayLike<number>, b: ArrayLike<number>): Measures {
  return { distance: meanDistance(a, b), wasserstein: wasserstein(a, b), cosine: cosine(a, b) };
}

/** The mean of each measure. */
export function averageMeasures(all: readonly Measures[]): Measures {
  const mean = (name: keyof Measures) =>
    all.reduce((total, measures) => total + measures[name], 0) / all.length;
  return { distance: mean('distance'), wasserstein: mean('wasserstein'), cosine: mean('cosine') };
}

/** 1/C sum |a_c - b_c| */
export function meanDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  sameSize(a, b);
  let total = 0;
  for (let c = 0; c < a.length; c += 1) total += Math.abs(a[c] - b[c]);
  return total / a.length;
}

/** The 1-Wasserstein distance of two sets of values, of any sizes. @throws RangeError for an empty one. */
export function wasserstein(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length === 0 || b.length === 0) throw new RangeError('an empty set has no Wasserstein distance');
  const [left, right] = [Float64Array.from(a).sort(), Float64Array.from(b).sort()];
  // Both quantile functions are steps; between two neighbouring steps of either, the integrand is constant.
  let total = 0;
  let from = 0;
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [endOfLeft, endOfRight] = [(i + 1) / left.length, (j + 1) / right.length];
    const to = Math.min(endOfLeft, endOfRight);
    total += (to - from) * Math.abs(left[i] - right[j]);
    from = to;
    // Compared without division, so that steps that end together are left together.
    const order = (i + 1) * right.length - (j + 1) * left.length;
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
  }
  return total;
}

/** 1 where both are nothing but zeros, 0 where one is. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  sameSize(a, b);
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) => {
    let total = 0;
    for (let c = 0; c < x.length; c += 1) total += x[c] * y[c];
    return total;
  };
  const [lengthA, lengthB] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  if (lengthA === 0 || lengthB === 0) return lengthA === lengthB ? 1 : 0;
  return dot(a, b) / lengthA / lengthB;
}

function sameSize(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length || a.length === 0)
    throw new RangeError(`sets of ${a.length} and ${b.length} channels cannot be compared`);
}

/**
 * A mean and its bootstrap interval (Efron 1979, the percentile method): of n values, n are drawn with replacement, many
 * times; the interval holds the middle 95 % of the means. Draws are counted randomness: the same seed gives the same interval,
 * and all means of one analysis are of the same draws.
 */
export interface Estimate {
  readonly value: number;
  /** 95 %. With few values it is a sign of their spread, not more. */
  readonly interval: readonly [low: number, high: number];
}

export interface BootstrapOptions {
  readonly seed?: number;
  /** How often the mean is drawn (default 2000). */
  readonly draws?: number;
}

/** Make a bootstrap of `count` values; the result gives the mean of any such values with its interval. */
export function bootstrap(count: number, options: BootstrapOptions = {}) {
  const resample = resampledMean(count, options);
  return (values: readonly number[]): Estimate => estimateOf(resample(values));
}

/** A number of some values, and what it is of each bootstrap sample of them. */
export interface Resampled {
  readonly value: number;
  readonly draws: Float64Array;
}

/** The mean of any `count` values and of their bootstrap samples: draw d of two means is of the same places. */
export function resampledMean(count: number, { seed = 0, draws = 2000 }: BootstrapOptions = {}) {
  const picks = integers({ seed, purpose: 'bootstrap' }, count * draws, count);
  return function resample(values: ArrayLike<number>): Resampled {
    if (values.length !== count) throw new RangeError(`expected ${count} values, found ${values.length}`);
    const means = new Float64Array(draws);
    for (let draw = 0; draw < draws; draw += 1) {
      let total = 0;
      for (let at = 0; at < count; at += 1) total += values[picks[draw * count + at]];
      means[draw] = total / count;
    }
    let total = 0;
    for (let at = 0; at < count; at += 1) total += values[at];
    return { value: total / count, draws: means };
  };
}

/** A number made of several that were resampled by the same draws. */
export function combine(parts: readonly Resampled[], made: (values: readonly number[]) => number): Resampled {
  const [{ draws }] = parts;
  return {
    value: made(parts.map(({ value }) => value)),
    draws: draws.map((_, draw) => made(parts.map((part) => part.draws[draw]))),
  };
}

/** With its 95 % interval. */
export function estimateOf({ value, draws }: Resampled): Estimate {
  const sorted = draws.slice().sort();
  return { value, interval: [quantile(sorted, 0.025), quantile(sorted, 0.975)] };
}

/** Between two neighbours, in a line (Hyndman & Fan's type 7, as NumPy's default). */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

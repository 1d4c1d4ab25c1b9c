/**
 * Tests of what is claimed, not of 'no difference':
 *
 *   equivalence   TOST (Schuirmann 1987): from < value < to is shown where both one-sided tests reject; p is the larger
 *   superiority   one-sided
 *   several       all of a claim's statements must hold for it to hold: each at its own level, no correction (intersection-union,
 *                 Berger 1982). One is enough to refute it: Holm's correction (1979).
 *   share         R = x / y of two effects; its interval are the R for which x - R y is not told from nothing (Fieller 1954)
 */

import { mean } from './intervals.ts';
import {
  intervalOf,
  pAbove,
  partsOfMean,
  pBelow,
  type TwoWayParts,
  twoWayCovariances,
  twoWayMean,
  type UncertainMean,
} from './two-way.ts';

/** What a value is said to lie in; an infinite end is open. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The p value of 'the value lies in the range': the larger of its one-sided tests. */
export function pInside(estimate: UncertainMean, { from, to }: Range): number {
  return Math.max(
    Number.isFinite(from) ? pAbove(estimate, from) : 0,
    Number.isFinite(to) ? pBelow(estimate, to) : 0,
  );
}

/** The p value of 'the value lies outside the range'; twice the smaller of two tests where there are two ends. */
export function pOutside(estimate: UncertainMean, { from, to }: Range): number {
  const tests = [
    ...(Number.isFinite(from) ? [pBelow(estimate, from)] : []),
    ...(Number.isFinite(to) ? [pAbove(estimate, to)] : []),
  ];
  return tests.length === 0 ? 1 : Math.min(1, tests.length * Math.min(...tests));
}

/** p values, each corrected for there being all of them (Holm 1979); in their order. */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
  const corrected = new Array<number>(values.length);
  let largest = 0;
  for (const [rank, at] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[at]));
    corrected[at] = largest;
  }
  return corrected;
}

/** A share of an effect that may itself be uncertain. */
export interface Share {
  readonly value: number;
  /** Undefined where the whole effect is not told from nothing at this confidence: then every share is possible. */
  readonly interval: readonly [low: number, high: number] | undefined;
}

type Layout = readonly ArrayLike<number>[];

/**
 * The share x / y of two effects that were seen on the same seeds and examples, [S][N] each.
 *
 * Fieller's interval: all R at which the interval of x - R y contains 0. The variance of x - R y is quadratic in R but where its
 * part of the examples is cut off at nothing; so the ends are found by bisection, outwards from the value.
 */
export function fiellerShare(part: Layout, whole: Layout, confidence = 0.95): Share {
  const covariances = twoWayCovariances([part, whole]);
  const [x, y] = [part, whole].map((rows) => mean(rows.map(mean)));
  const value = x / y;
  const includesNothing = (estimate: UncertainMean) => {
    const [low, high] = intervalOf(estimate, confidence);
    return low <= 0 && high >= 0;
  };
  if (includesNothing(twoWayMean(whole))) return { value, interval: undefined };
  const counts = [part.length, part[0].length] as const;
  const outside = (share: number) => !includesNothing(differenceFrom([x, y], covariances, share, counts));
  const end = (direction: 1 | -1) => {
    let step = 1e-3 * Math.max(1, Math.abs(value));
    for (let times = 0; times < 60 && !outside(value + direction * step); times += 1) step *= 2;
    let [near, far] = [value, value + direction * step];
    for (let times = 0; times < 60; times += 1) {
      const middle = (near + far) / 2;
      if (outside(middle)) far = middle;
      else near = middle;
    }
    return far;
  };
  return { value, interval: [end(-1), end(1)] };
}

/** x - R y, by the covariances of x and y: of (x, x), (x, y), (y, y). */
function differenceFrom(
  [x, y]: readonly number[],
  [xx, xy, yy]: readonly TwoWayParts[],
  share: number,
  counts: readonly [number, number],
): UncertainMean {
  const of = (part: keyof TwoWayParts) => xx[part] - 2 * share * xy[part] + share ** 2 * yy[part];
  const parts = { seeds: of('seeds'), examples: of('examples'), both: of('both') };
  return { value: x - share * y, parts: partsOfMean(parts, counts) };
}

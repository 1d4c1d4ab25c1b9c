/**
 * Mean and spread of a list of numbers, and what says how sure a mean or a share is: Wilson's interval, and Student's t
 * distribution by the regularized incomplete beta function I_x(a, b).
 *
 *   P(|T| >= t) = I_x(v / 2, 1 / 2),  x = v / (v + t^2),  v degrees of freedom              (DLMF 8.17; A&S 26.7.1)
 *
 *   I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) * 1 / (1 + d_1 / (1 + d_2 / (1 + ...)))         (DLMF 8.17.22)
 *     d_2m   =  m (b - m) x / ((a + 2m - 1) (a + 2m))
 *     d_2m+1 = -(a + m) (a + b + m) x / ((a + 2m) (a + 2m + 1))                             (DLMF 8.17.23)
 *
 * The fraction converges fast for x < (a + 1) / (a + b + 2); elsewhere I_x(a, b) = 1 - I_{1-x}(b, a). One of a and b is
 * always 1/2, so that B(a, b) needs the ratio of two gamma functions half a step apart and no gamma function itself.
 */

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

/**
 * How sure a difference of two accuracies of the same images is: the 95 % interval of Bonett & Price (2012), for `gained` of n images
 * that only the first gets right and `lost` that only the second does. With a = (gained + 1) / (n + 2) and b = (lost + 1) / (n + 2):
 *
 *   a - b +- z sqrt((a + b - (a - b)^2) / (n + 2))
 *
 * The one that is added keeps it from shrinking to nothing where no image changes sides. It speaks of the choice of images alone.
 */
export function pairedInterval(gained: number, lost: number, count: number): Interval {
  const [a, b] = [(gained + 1) / (count + 2), (lost + 1) / (count + 2)];
  const half = z * Math.sqrt((a + b - (a - b) ** 2) / (count + 2));
  return [Math.max(-1, a - b - half), Math.min(1, a - b + half)];
}

/** P(T <= t). Relative precision about 1e-13 in the lower tail. @param freedom above 0, not necessarily whole. */
export function studentTCdf(t: number, freedom: number): number {
  const tail = bothTails(t, freedom) / 2;
  return t > 0 ? 1 - tail : tail;
}

/** The t with P(T <= t) = p. @throws RangeError unless 0 < p < 1. */
export function studentTQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`a probability between 0 and 1 is needed, not ${p}`);
  if (p > 0.5) return -studentTQuantile(1 - p, freedom);
  if (p === 0.5) return 0;
  let far = -1;
  while (studentTCdf(far, freedom) > p) far *= 2;
  // Bisection until the two ends are neighbours among floating-point numbers.
  let near = far === -1 ? 0 : far / 2;
  for (;;) {
    const middle = (far + near) / 2;
    if (middle === far || middle === near) return middle;
    if (studentTCdf(middle, freedom) > p) near = middle;
    else far = middle;
  }
}

/** P(|T| >= |t|). */
function bothTails(t: number, freedom: number): number {
  if (!(freedom > 0)) throw new RangeError(`degrees of freedom above 0 are needed, not ${freedom}`);
  if (Number.isNaN(t)) return Number.NaN;
  const square = t ** 2;
  if (square === Number.POSITIVE_INFINITY) return 0;
  const a = freedom / 2;
  const b = 0.5;
  const x = freedom / (freedom + square);
  // 1 - x and log x without cancellation where t is small.
  const rest = square / (freedom + square);
  if (rest === 0) return 1;
  const factor = Math.exp(-a * Math.log1p(square / freedom)) * Math.sqrt(rest / Math.PI) * gammaRatio(a);
  return x < (a + 1) / (a + b + 2)
    ? (factor / a) * betaFraction(x, a, b)
    : 1 - (factor / b) * betaFraction(rest, b, a);
}

/**
 * Gamma(a + 1/2) / Gamma(a), by the asymptotic series of its logarithm (DLMF 5.11.8):
 *
 *   log a / 2 - 1 / (8 a) + 1 / (192 a^3) - 1 / (640 a^5) + 17 / (14336 a^7) - 31 / (18432 a^9)
 *
 * from a = 16 on, where the next term is 2e-16; below by Gamma(a + 1) = a Gamma(a).
 */
function gammaRatio(a: number): number {
  let scale = 1;
  let at = a;
  for (; at < 16; at += 1) scale *= at / (at + 0.5);
  const u = 1 / at ** 2;
  const series = (-1 / 8 + u * (1 / 192 + u * (-1 / 640 + u * (17 / 14336 + u * (-31 / 18432))))) / at;
  return scale * Math.sqrt(at) * Math.exp(series);
}

/** 1 / (1 + d_1 / (1 + d_2 / ...)) by the method of Lentz as modified by Thompson and Barnett (1986). */
function betaFraction(x: number, a: number, b: number): number {
  // Stands in for a denominator that is exactly zero.
  const tiny = 1e-300;
  const nonzero = (value: number) => (value === 0 ? tiny : value);
  // About sqrt(max(a, b)) terms are needed.
  const mostTerms = 100_000;
  let numerator = 1;
  let denominator = 0;
  let value = 1;
  for (let term = 1; term <= mostTerms; term += 1) {
    const m = Math.floor(term / 2);
    const d =
      term % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    numerator = nonzero(1 + d / numerator);
    denominator = 1 / nonzero(1 + d * denominator);
    const change = numerator * denominator;
    value *= change;
    if (Math.abs(change - 1) < 2e-16) break;
  }
  return 1 / value;
}

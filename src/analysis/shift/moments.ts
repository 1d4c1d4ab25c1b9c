/**
 * How much of a shift is common to images. Of images n = 1..N with shifts d_n, vectors,
 *
 *   common share = |E d|^2 / E |d|^2
 *
 * is 1 where all shift alike and 0 where they shift each in its own direction. The mean of N shifts has a length even if E d has
 * none, of E |d|^2 / N on average, so |E d|^2 is estimated from pairs of different images (a U-statistic, without bias):
 *
 *   |E d|^2 ~ sum_{i != j} d_i . d_j / (N (N - 1)) = (|sum d_n|^2 - sum |d_n|^2) / (N (N - 1))        E |d|^2 ~ sum |d_n|^2 / N
 *
 * It may come out below 0 by chance. Errors are of the jackknife over B batches (Efron & Stein 1981), theta_b without batch b:
 *
 *   error^2 = (B - 1) / B sum (theta_b - mean theta)^2
 */

/** Of shifts: how many, their sum, and the sum of their squared lengths. Sums of two sets add up. */
export interface ShiftSums {
  readonly count: number;
  readonly sum: Float64Array;
  readonly squares: number;
}

/** Of shifts in rows, [count, size]. */
export function sumRows(rows: ArrayLike<number>, count: number): ShiftSums {
  const size = rows.length / count;
  const sum = new Float64Array(size);
  let squares = 0;
  for (let at = 0; at < rows.length; at += 1) {
    sum[at % size] += rows[at];
    squares += rows[at] ** 2;
  }
  return { count, sum, squares };
}

/** a + sign b */
export function combineSums(a: ShiftSums, b: ShiftSums, sign: 1 | -1 = 1): ShiftSums {
  return {
    count: a.count + sign * b.count,
    sum: a.sum.map((value, at) => value + sign * b.sum[at]),
    squares: a.squares + sign * b.squares,
  };
}

/** |E d|^2, without bias. */
export function commonSquare({ count, sum, squares }: ShiftSums): number {
  const ofSum = sum.reduce((total, value) => total + value * value, 0);
  return (ofSum - squares) / (count * (count - 1));
}

/** E |d|^2 */
export const meanSquare = ({ count, squares }: ShiftSums): number => squares / count;

/** Of a layer's shifts z' - z, z = (x - mu) / sigma, for a number of images. */
export interface LayerShifts {
  readonly layer: string;
  /** Pixels a channel. */
  readonly pixels: number;
  /** Of each image's mean over pixels, [C]. */
  readonly means: ShiftSums;
  /** Of its mean of z^2, [C]. */
  readonly spreads: ShiftSums;
  /** Of all its values, [C, H, W]. */
  readonly positions: ShiftSums;
}

/** What is told of a layer, or as a mean over layers. */
export interface ShiftShares {
  /** Of the channels' means: what is common to images, and moves mu. */
  readonly commonShare: number;
  /** Of the channels' mean squares: what moves sigma, with mu. */
  readonly squareCommonShare: number;
  /** Of the values at all pixels: what is common to images at the same place. */
  readonly positionCommonShare: number;
  /** The part of the shift of all values that is the same for all images and all places: all that mu sees of it. */
  readonly seenShare: number;
  /** Root mean square over images and channels of the channels' mean shifts, in units of sigma. */
  readonly size: number;
  /** The same of their part that is common to images. */
  readonly commonSize: number;
}

export const shiftShareNames = [
  'commonShare',
  'squareCommonShare',
  'positionCommonShare',
  'seenShare',
  'size',
  'commonSize',
] as const satisfies readonly (keyof ShiftShares)[];

export function sharesOf({ means, spreads, positions, pixels }: LayerShifts): ShiftShares {
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  const shareOf = (sums: ShiftSums) => share(commonSquare(sums), meanSquare(sums));
  const channels = means.sum.length;
  return {
    commonShare: shareOf(means),
    squareCommonShare: shareOf(spreads),
    positionCommonShare: shareOf(positions),
    seenShare: share(pixels * commonSquare(means), meanSquare(positions)),
    size: Math.sqrt(meanSquare(means) / channels),
    commonSize: Math.sqrt(Math.max(commonSquare(means), 0) / channels),
  };
}

/** The mean over layers of each. */
export function averageOf(all: readonly ShiftShares[]): ShiftShares {
  const of = (name: keyof ShiftShares) => all.reduce((total, each) => total + each[name], 0) / all.length;
  return {
    commonShare: of('commonShare'),
    squareCommonShare: of('squareCommonShare'),
    positionCommonShare: of('positionCommonShare'),
    seenShare: of('seenShare'),
    size: of('size'),
    commonSize: of('commonSize'),
  };
}

export function combineLayers(
  a: readonly LayerShifts[],
  b: readonly LayerShifts[],
  sign: 1 | -1 = 1,
): LayerShifts[] {
  return a.map(({ layer, pixels, ...one }, at) => ({
    layer,
    pixels,
    means: combineSums(one.means, b[at].means, sign),
    spreads: combineSums(one.spreads, b[at].spreads, sign),
    positions: combineSums(one.positions, b[at].positions, sign),
  }));
}

/** The jackknife's error of the common share, averaged over layers. */
export function commonShareError(batches: readonly (readonly LayerShifts[])[]): number {
  const all = batches.reduce((total, batch) => combineLayers(total, batch));
  const without = batches.map((batch) => averageOf(combineLayers(all, batch, -1).map(sharesOf)).commonShare);
  const mean = without.reduce((total, value) => total + value, 0) / without.length;
  const scatter = without.reduce((total, value) => total + (value - mean) ** 2, 0);
  return Math.sqrt(((without.length - 1) / without.length) * scatter);
}

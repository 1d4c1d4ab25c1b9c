/**
 * How sure a mean is where the same examples were seen under several seeds. Networks differ by seed, images differ among
 * themselves, and every network saw the same images, so both are random and neither is nested in the other: a two-way layout
 * d_se, seed s of S and example e of N (readers and cases: Gallas 2006, Academic Radiology 13(3)).
 *
 *   d = mean of d_se         r_se = d_se - d_s. - d_.e + d
 *   v_s  = var_s(d_s.) / S                             estimates sigma_s^2 / S + sigma_se^2 / (S N)
 *   v_e  = var_e(d_.e) / N                             estimates sigma_e^2 / N + sigma_se^2 / (S N)
 *   v_se = sum r_se^2 / ((S - 1)(N - 1)) / (S N)       estimates               sigma_se^2 / (S N)
 *
 * The variance of d is v_s + (v_e - v_se). Its two parts are known with very different freedom, few seeds and many examples, so
 * their bounds are joined and not their degrees of freedom (modified large-sample bounds: Burdick & Graybill 1992, 'Confidence
 * Intervals on Variance Components'):
 *
 *   half width at confidence 1 - alpha = sqrt(t_{S-1}^2 v_s + t_{N-1}^2 max(v_e - v_se, 0)),   t at 1 - alpha / 2
 *
 * What both have counted, v_se, is left with the seeds: taken from them instead, intervals are shorter and cover too little. It
 * asks nothing of the seeds of other regimes. See docs/decisions/seed-variance.md for both, simulated, and for pooled variances.
 *
 * Two or three seeds agree by chance now and then, and images that hardly differ may not differ at all among those seen. So neither
 * part counts for less than what is certainly there: that of the seeds for v_se, which is known from every single outcome, and that
 * of the examples for as much as one image more each way would bring, 2 step^2 / N^2, where outcomes move in steps.
 */
import { mean, studentTCdf, studentTQuantile, variance } from './intervals.ts';

/** A variance and the degrees of freedom that it is known with. */
interface KnownVariance {
  readonly variance: number;
  readonly freedom: number;
}

export interface VariancePart extends KnownVariance {
  /** What counts where it makes the bound wider. */
  readonly atLeast?: KnownVariance;
}

/** A mean, with the independent parts of its variance. */
export interface UncertainMean {
  readonly value: number;
  readonly parts: readonly VariancePart[];
}

/**
 * Of differences [S][N], the same examples in the same order for every seed.
 *
 * @param step how far the outcome of one example moves a difference, where outcomes are right or wrong.
 * @throws RangeError for rows that do not fit.
 */
export function twoWayMean(differences: readonly ArrayLike<number>[], step = 0): UncertainMean {
  const [parts] = twoWayCovariances([differences]);
  return {
    value: mean(differences.map(mean)),
    parts: partsOfMean(parts, [differences.length, differences[0].length], step),
  };
}

/** @param counts of seeds and of examples */
export function partsOfMean(
  { seeds, examples, both }: TwoWayParts,
  [ofSeeds, ofExamples]: readonly [number, number],
  step = 0,
): VariancePart[] {
  const freedom = ofExamples - 1;
  return [
    {
      ...{ variance: seeds, freedom: ofSeeds - 1 },
      ...(ofSeeds > 1 && { atLeast: { variance: both, freedom: (ofSeeds - 1) * freedom } }),
    },
    {
      ...{ variance: Math.max(examples - both, 0), freedom },
      atLeast: { variance: 2 * (step / ofExamples) ** 2, freedom },
    },
  ];
}

/** v_s, v_e and v_se of one layout, or the covariances of two in their place. */
export interface TwoWayParts {
  readonly seeds: number;
  readonly examples: number;
  readonly both: number;
}

/** Of each pair of layouts i <= j, in the order (0,0), (0,1), ..., (1,1), ...; of one layout, its variances alone. */
export function twoWayCovariances(
  layouts: readonly (readonly ArrayLike<number>[])[],
): [TwoWayParts, ...TwoWayParts[]] {
  const centred = layouts.map(centre);
  const pairs = centred.flatMap((a, at) => centred.slice(at).map((b) => partsOf(a, b)));
  const [first, ...others] = pairs;
  if (!first) throw new RangeError('a layout of seeds and examples is needed');
  return [first, ...others];
}

interface Centred {
  readonly ofSeeds: Float64Array;
  readonly ofExamples: Float64Array;
  readonly residuals: readonly Float64Array[];
}

function centre(rows: readonly ArrayLike<number>[]): Centred {
  const examples = rows[0]?.length ?? 0;
  if (examples < 2 || rows.some((row) => row.length !== examples))
    throw new RangeError('differences of the same two or more examples are needed for every seed');
  const ofSeeds = Float64Array.from(rows, mean);
  const ofExamples = new Float64Array(examples);
  for (const row of rows) for (let e = 0; e < examples; e += 1) ofExamples[e] += row[e] / rows.length;
  const value = mean(ofSeeds);
  const residuals = rows.map((row, s) =>
    Float64Array.from(row, (d, e) => d - ofSeeds[s] - ofExamples[e] + value),
  );
  return {
    ofSeeds: ofSeeds.map((each) => each - value),
    ofExamples: ofExamples.map((each) => each - value),
    residuals,
  };
}

function partsOf(a: Centred, b: Centred): TwoWayParts {
  const [seeds, examples] = [a.ofSeeds.length, a.ofExamples.length];
  if (b.ofSeeds.length !== seeds || b.ofExamples.length !== examples)
    throw new RangeError('layouts of the same seeds and examples are needed');
  const product = (x: Float64Array, y: Float64Array) => x.reduce((sum, each, at) => sum + each * y[at], 0);
  const residual = a.residuals.reduce((sum, row, at) => sum + product(row, b.residuals[at]), 0);
  return {
    seeds: seeds > 1 ? product(a.ofSeeds, b.ofSeeds) / (seeds - 1) / seeds : 0,
    examples: product(a.ofExamples, b.ofExamples) / (examples - 1) / examples,
    both: seeds > 1 ? residual / ((seeds - 1) * (examples - 1)) / (seeds * examples) : 0,
  };
}

/** How far the one-sided bound of confidence 1 - alpha lies from the value. */
export function halfWidth({ parts }: Pick<UncertainMean, 'parts'>, alpha: number): number {
  const square = ({ variance: v, freedom }: KnownVariance) =>
    v > 0 ? studentTQuantile(1 - alpha, freedom) ** 2 * v : 0;
  const squares = parts.map(({ atLeast, ...part }) => Math.max(square(part), atLeast ? square(atLeast) : 0));
  return Math.sqrt(squares.reduce((sum, each) => sum + each, 0));
}

/** Two-sided. */
export function intervalOf(estimate: UncertainMean, confidence = 0.95): readonly [low: number, high: number] {
  const half = halfWidth(estimate, (1 - confidence) / 2);
  return [estimate.value - half, estimate.value + half];
}

/**
 * The p value against 'not above `bound`': the least alpha at which the lower bound of confidence 1 - alpha is above it. At
 * least 0.5 where the value is not above.
 */
export function pAbove(estimate: UncertainMean, bound: number): number {
  const distance = estimate.value - bound;
  const known = estimate.parts.filter(({ variance: v, atLeast }) => v > 0 || (atLeast?.variance ?? 0) > 0);
  if (known.length === 0) return distance > 0 ? 0 : 1;
  if (distance < 0) return 1 - pAbove({ ...estimate, value: 2 * bound - estimate.value }, bound);
  if (distance === 0) return 0.5;
  const [only] = known;
  if (known.length === 1 && !(only.atLeast && only.atLeast.variance > 0))
    return studentTCdf(-distance / Math.sqrt(only.variance), only.freedom);
  // Bisection in the logarithm: the half width falls as alpha rises.
  let [low, high] = [Math.log(1e-12), Math.log(0.5)];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (halfWidth({ parts: known }, Math.exp(middle)) > distance) low = middle;
    else high = middle;
  }
  return Math.exp(high);
}

/** The p value against 'not below `bound`'. */
export const pBelow = ({ value, parts }: UncertainMean, bound: number): number =>
  pAbove({ value: -value, parts }, -bound);

/** A mean of few values, one a seed: Student's, by the spread of the seeds. */
export function meanOfSeeds(values: readonly number[]): UncertainMean {
  const value = mean(values);
  const count = values.length;
  return { value, parts: [{ variance: variance(values, value) / count, freedom: count - 1 }] };
}

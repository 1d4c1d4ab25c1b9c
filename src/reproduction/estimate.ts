/**
 * An estimate, and how it decides a statement.
 *
 * The estimate is the mean of differences that were seen for the same examples under several seeds, and how sure it is.
 * Networks differ by seed, images differ among themselves, and every network saw the same images, so both are random and
 * neither is nested in the other: a two-way layout, d_se for seed s of S and example e of N.
 *
 *   d = mean of d_se         r_se = d_se - d_s. - d_.e + d
 *   v_seeds    = var_s(d_s.) / S         v_examples = var_e(d_.e) / N
 *   v_both     = sum r_se^2 / ((S - 1)(N - 1)) / (S N)          counted in each of the two, so taken out once
 *   variance   = max(v_seeds + v_examples - v_both, v_seeds, v_examples)
 *   freedom    = variance^2 / (v_seeds^2 / (S - 1) + v_examples^2 / (N - 1) + v_both^2 / ((S - 1)(N - 1)))
 *
 * with Student's t at that freedom (Satterthwaite 1946; the layout of readers and cases of Gallas 2006). With one seed the
 * spread over seeds is unknown, and the interval speaks of examples alone.
 *
 * Every rule is fixed before anything is seen, and all use the 95 % interval: a statement holds where the interval lies wholly
 * inside what it allows, does not hold where it lies wholly outside, and is not shown at this scale where it lies on the edge.
 * A single seed decides nothing.
 */
import type { Flags } from '../evaluation/index.ts';
import { mean, studentTCdf, studentTQuantile, variance } from '../statistics/index.ts';

export interface Estimate {
  readonly value: number;
  /** 95 %. */
  readonly interval: readonly [low: number, high: number];
  /** Two-sided, of the difference being nothing; of a paired test, as the same examples are on both sides. */
  readonly p: number;
  readonly seeds: number;
  readonly examples: number;
}

/** A mean over seeds with its interval. */
export interface OverSeeds {
  readonly value: number;
  readonly interval: [low: number, high: number];
  /** The value of each seed. */
  readonly seeds: number[];
}

/** Differences [S][N], the same examples in the same order for every seed. */
export function estimateOver(differences: readonly ArrayLike<number>[]): Estimate {
  const seeds = differences.length;
  const examples = differences[0]?.length ?? 0;
  if (examples < 2 || differences.some((row) => row.length !== examples))
    throw new RangeError('differences of the same two or more examples are needed for every seed');
  const ofSeeds = differences.map(mean);
  const ofExamples = Float64Array.from({ length: examples }, (_, e) =>
    mean(differences.map((row) => row[e])),
  );
  const value = mean(ofSeeds);
  const vSeeds = variance(ofSeeds, value) / seeds;
  const vExamples = variance(ofExamples, value) / examples;
  const both = seeds > 1 ? (seeds - 1) * (examples - 1) : 0;
  let residuals = 0;
  for (const [s, row] of differences.entries())
    for (let e = 0; e < examples; e += 1) residuals += (row[e] - ofSeeds[s] - ofExamples[e] + value) ** 2;
  const vBoth = both > 0 ? residuals / both / (seeds * examples) : 0;
  const total = Math.max(vSeeds + vExamples - vBoth, vSeeds, vExamples);
  const parts =
    vExamples ** 2 / (examples - 1) + (both > 0 ? vSeeds ** 2 / (seeds - 1) + vBoth ** 2 / both : 0);
  return { ...withStudent(value, total, parts > 0 ? total ** 2 / parts : 1), seeds, examples };
}

/** Value, 95 % interval and p from a variance known with some degrees of freedom. */
export function withStudent(
  value: number,
  variance: number,
  freedom: number,
): Pick<Estimate, 'value' | 'interval' | 'p'> {
  if (variance === 0) return { value, interval: [value, value], p: value === 0 ? 1 : 0 };
  const error = Math.sqrt(variance);
  const half = studentTQuantile(0.975, freedom) * error;
  const p = 2 * studentTCdf(-Math.abs(value) / error, freedom);
  return { value, interval: [value - half, value + half], p };
}

/** An accuracy with its interval over seeds and examples. */
export function accuracyOver(flags: readonly Flags[]): OverSeeds {
  const { value, interval } = estimateOver(flags);
  // Student's t does not know that an accuracy lies between 0 and 1.
  const [low, high] = interval;
  return { value, interval: [Math.max(0, low), Math.min(1, high)], seeds: flags.map(mean) };
}

/** A mean over seeds with Student's interval; of one seed, the value alone. */
export function meanOver(values: readonly number[]): OverSeeds {
  const value = mean(values);
  const count = values.length;
  const { interval } = withStudent(value, variance(values, value) / count, Math.max(1, count - 1));
  return { value, interval: [...interval], seeds: [...values] };
}

export type Verdict = 'holds' | 'does not hold' | 'not shown at this scale';

/** What a statement allows its value to be: from `from` to `to`, either end open where it is infinite. */
export interface Rule {
  readonly from: number;
  readonly to: number;
}

/** The same, but for less than `margin`. */
export const alike = (margin: number): Rule => ({ from: -margin, to: margin });
/** Larger than `than`. */
export const above = (than: number): Rule => ({ from: than, to: Number.POSITIVE_INFINITY });
/** Not lower by `margin` or more. */
export const notBelow = (margin: number): Rule => above(-margin);
/** A ratio of the same order: a factor of sqrt(10) either way, half an order of magnitude. */
export const sameOrder: Rule = { from: 1 / Math.sqrt(10), to: Math.sqrt(10) };

const leastSeeds = 2;

/** What a rule allows, in words. */
export function ruleText({ from, to }: Rule, unit: 'accuracy' | 'ratio'): string {
  const show = (value: number) =>
    unit === 'ratio'
      ? String(Number(value.toPrecision(3)))
      : `${value < 0 ? '−' : ''}${(100 * Math.abs(value)).toFixed(1)} points`;
  if (from === -to) return `within ±${show(to)}`;
  if (!Number.isFinite(to)) return `above ${show(from)}`;
  return from === 0 ? `below ${show(to)}` : `between ${show(from)} and ${show(to)}`;
}

export function decide({ from, to }: Rule, estimate: Estimate | undefined): Verdict {
  if (!estimate || estimate.seeds < leastSeeds) return 'not shown at this scale';
  const [low, high] = estimate.interval;
  if (low > from && high < to) return 'holds';
  if (high < from || low > to) return 'does not hold';
  return 'not shown at this scale';
}

/** All must hold for a claim to hold; one that does not hold refutes it. */
export function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('does not hold')) return 'does not hold';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'holds')
    ? 'holds'
    : 'not shown at this scale';
}

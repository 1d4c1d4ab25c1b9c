/**
 * How an estimate decides a statement. Every rule is fixed before anything is seen, and all use the 95 % interval: a
 * statement holds where the interval lies wholly inside what it allows, does not hold where it lies wholly outside, and
 * is not shown at this scale where it lies on the edge. A single seed decides nothing.
 */
import type { Estimate } from './estimate.ts';

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

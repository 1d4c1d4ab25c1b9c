/**
 * From estimates to verdicts. A statement holds where the test of its range rejects at the level (TOST where the range has two ends),
 * is refuted where the test of what lies outside does, and is not shown otherwise. All of a claim's deciding statements must hold
 * for it to hold, each at its own level; it does not hold where one of them is refuted, by Holm's correction over all of them.
 *
 * The tests are of src/statistics/decisions.ts. A single seed decides nothing.
 */
import { holm, intervalOf, pInside, pOutside, type Range } from '../../statistics/index.ts';
import { leastSeeds, level } from '../hypotheses/margins.ts';
import type { Statement } from '../hypotheses/statements.ts';
import type { Estimated } from './layout.ts';

export const verdictNames = ['holds', 'does not hold', 'not shown', 'not decidable', 'not run'] as const;
export type Verdict = (typeof verdictNames)[number];

/** What was found of a statement, before what its neighbours say of the correction. */
export interface Tested {
  readonly estimated: Estimated;
  /** Of 'it lies in the range', and of 'it lies outside'. */
  readonly p?: { readonly holds: number; readonly refuted: number };
}

/** The range of what is tested: of logarithms, or of what a share leaves. */
export function testedRange({ value, range: { from, to } }: Pick<Statement, 'value' | 'range'>): Range {
  if (value.kind === 'share')
    return { from: Number.isFinite(from) ? 0 : from, to: Number.isFinite(to) ? 0 : to };
  if (value.kind === 'number' && value.scale === 'logarithmic')
    return { from: from > 0 ? Math.log(from) : Number.NEGATIVE_INFINITY, to: Math.log(to) };
  return { from, to };
}

export function tested(statement: Statement, estimated: Estimated): Tested {
  const { estimate, undecidable } = estimated;
  if (!estimate || undecidable !== undefined || estimate.seeds < leastSeeds) return { estimated };
  const range = testedRange(statement);
  return { estimated, p: { holds: pInside(estimate, range), refuted: pOutside(estimate, range) } };
}

/** As it is shown: of logarithms the ratio, of a share the share. */
export function shownOf({ value }: Statement, { estimate, shown }: Estimated) {
  if (shown) return shown;
  if (!estimate) return undefined;
  const interval = estimate.seeds < leastSeeds ? undefined : intervalOf(estimate);
  if (value.kind !== 'number' || value.scale !== 'logarithmic') return { value: estimate.value, interval };
  return {
    value: Math.exp(estimate.value),
    interval: interval && ([Math.exp(interval[0]), Math.exp(interval[1])] as const),
  };
}

export interface Decided {
  readonly verdict: Verdict;
  /** Why it is not decided. */
  readonly reason?: string;
  /** Corrected by Holm over all that were decided together. */
  readonly refuted?: number;
}

/** Verdicts of statements that are decided together. */
export function decideTogether(all: readonly Tested[]): Decided[] {
  const refutations = holm(all.map(({ p }) => p?.refuted ?? 1));
  return all.map(({ estimated, p }, at): Decided => {
    const { estimate, undecidable, runs } = estimated;
    if (undecidable !== undefined) return { verdict: 'not decidable', reason: undecidable };
    if (!estimate || runs.length === 0) return { verdict: 'not run' };
    if (!p) return { verdict: 'not shown', reason: 'one seed tells nothing of the spread of seeds' };
    const refuted = refutations[at];
    if (p.holds < level) return { verdict: 'holds', refuted };
    return { verdict: refuted < level ? 'does not hold' : 'not shown', refuted };
  });
}

/** Of all that a claim needs. */
export function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('does not hold')) return 'does not hold';
  if (verdicts.length === 0 || verdicts.every((verdict) => verdict === 'not run')) return 'not run';
  if (verdicts.every((verdict) => verdict === 'holds')) return 'holds';
  return verdicts.includes('not decidable') && !verdicts.includes('not shown')
    ? 'not decidable'
    : 'not shown';
}

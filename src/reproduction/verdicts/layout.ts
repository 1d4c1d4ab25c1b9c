/**
 * Outcomes of seeds and examples that are compared with each other, as one layout of differences; and why nothing can be decided
 * on them: below the floors, or behind an alarm.
 */
import { RunError } from '../../errors.ts';
import { twoWayMean, type UncertainMean } from '../../statistics/index.ts';
import { floors } from '../hypotheses/margins.ts';
import type { Terms } from '../hypotheses/statements.ts';
import { labelOf, type Outcomes, outcomesOf } from '../results/outcomes.ts';
import type { RunResults } from '../results/run-results.ts';
import { type OverSeeds, overSeeds } from './estimate.ts';

/** One thing that is compared, over the seeds that have it. */
export interface Side extends OverSeeds {
  readonly label: string;
  readonly weight: number;
}

export interface Estimated {
  /** What the statement says something of: a difference, a number, or for a share what is left of the part without it. */
  readonly estimate?: UncertainMean & { readonly seeds: number; readonly examples: number };
  /** As it is shown: of a share, the share itself with Fieller's interval. */
  readonly shown?: { readonly value: number; readonly interval: readonly [number, number] | undefined };
  /** Why nothing can be decided, whatever the estimate. */
  readonly undecidable?: string;
  readonly sides: readonly Side[];
  /** The names of the runs it is made of. */
  readonly runs: readonly string[];
}

/** What a run has left, by variant and seed, at one epsilon. */
export type Lookup = (variant: string, seed: number) => RunResults | undefined;

/** Where a statement is decided: at one epsilon, on seeds of one stage. */
export interface Setting {
  readonly epsilon: string;
  readonly seeds: readonly number[];
  readonly find: Lookup;
}

export interface Layout {
  /** [S][N] */
  readonly differences: readonly Float64Array[];
  readonly sides: readonly Side[];
  readonly runs: readonly string[];
  readonly alarms: readonly string[];
  readonly undecidable: string | undefined;
}

/** Weighted sums of outcomes, for the seeds that have every term: only then are networks compared with each other. */
export function layoutOf(terms: Terms, { epsilon, seeds, find }: Setting): Layout {
  const rows = seeds.flatMap((seed) => {
    const found = terms.flatMap(([weight, quantity]) => {
      const results = find(quantity.variant, seed);
      const outcomes = results && outcomesOf(results, quantity, epsilon);
      return outcomes ? [{ weight, quantity, ...outcomes }] : [];
    });
    return found.length === terms.length ? [found] : [];
  });
  refuseOtherImages(rows.flat());
  const differences = rows.map((row) =>
    Float64Array.from(row[0].flags, (_, example) =>
      row.reduce((sum, { weight, flags }) => sum + weight * flags[example], 0),
    ),
  );
  const sides = terms.flatMap(([weight, quantity], at): Side[] =>
    rows.length === 0
      ? []
      : [{ label: labelOf(quantity), weight, ...overSeeds(rows.map((row) => row[at].flags)) }],
  );
  return {
    differences,
    sides: merged(sides),
    runs: [...new Set(rows.flat().map(({ run }) => run))],
    alarms: [...new Set(rows.flat().flatMap(({ alarms }) => alarms))],
    undecidable: floorOf(terms, sides, rows[0]?.[0].classes),
  };
}

/** The same quantity named twice counts with the sum of its weights. */
function merged(sides: readonly Side[]): Side[] {
  const byLabel = new Map<string, Side>();
  for (const side of sides) {
    const known = byLabel.get(side.label);
    byLabel.set(side.label, known ? { ...known, weight: known.weight + side.weight } : side);
  }
  return [...byLabel.values()].filter(({ weight }) => Math.abs(weight) > 1e-12);
}

export function refuseOtherImages(rows: readonly Outcomes[]): void {
  const [first] = rows;
  const other = rows.find(({ indices }) => indices !== first?.indices);
  if (first && other)
    throw new RunError(
      `${first.run} and ${other.run} were measured on different test images and cannot be compared: remove one of them ` +
        'and start again',
    );
}

function floorOf(terms: Terms, sides: readonly Side[], classes: number | undefined): string | undefined {
  if (sides.length === 0 || classes === undefined) return undefined;
  const accuracies = new Set(terms.map(([, { accuracy }]) => accuracy));
  const all = (holds: (value: number) => boolean) => sides.every(({ value }) => holds(value));
  const percent = (share: number) => `${Math.round(1000 * share) / 10} %`;
  if (accuracies.has('robust') && all((value) => value < floors.robust.value))
    return `everything compared is below ${percent(floors.robust.value)}: ${floors.robust.reason}`;
  const chance = 1 / classes;
  if (all((value) => Math.abs(value - chance) < floors.chance.value))
    return `everything compared is guessing (${percent(chance)}): ${floors.chance.reason}`;
  return undefined;
}

export const alarmText = (alarms: readonly string[]): string | undefined =>
  alarms.length === 0 ? undefined : `failed checks: ${alarms.join('; ')}`;

/** @param terms whose largest weight is how far one image moves a difference. */
export const estimated = (differences: readonly Float64Array[], terms: Terms) => ({
  ...twoWayMean(differences, Math.max(...terms.map(([weight]) => Math.abs(weight)))),
  seeds: differences.length,
  examples: differences[0].length,
});

export const reasoned = (reason: string | undefined) => (reason === undefined ? {} : { undecidable: reason });

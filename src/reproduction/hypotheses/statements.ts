/**
 * What a statement is: a number that trained networks give, and the range that it is said to lie in. Claims and questions are lists
 * of them (paper-claims.ts, questions.ts); numbers are estimated by statement-estimates.ts and decided by decide.ts.
 */
import type { Range } from '../../statistics/index.ts';
import type { ScaleAnalysis } from '../scales.ts';
import { type MarginName, margins } from './margins.ts';

/** Accuracy on clean images, or robustness. A regime names the cell of its network that each task is evaluated through. */
export type Task = 'clean' | 'robust';

/**
 * The network's own running NS in the cell that the task is evaluated through; those re-estimated from samples of a type; or the
 * running NS of a branch as they are, whatever the AP (a raw swap).
 */
export type StatisticsOf = 'own' | 'clean' | 'adv' | 'noise' | 'raw clean' | 'raw adv';

/** An accuracy of a variant's networks, known for every test image. */
export interface Quantity {
  readonly variant: string;
  readonly accuracy: Task;
  /** The task whose evaluation cell, or AP where NS are not the network's own, it is measured through. */
  readonly task: Task;
  readonly statistics: StatisticsOf;
}

export type Terms = readonly (readonly [weight: number, quantity: Quantity])[];

/** A way into a document: keys, and of lists the entry that has these values: ['result', 'branches', { affine: 'adv' }]. */
export type Path = readonly (string | Readonly<Record<string, string | number>>)[];

/** A number of an analysis, one a seed: what is found at a path, or the ratio of two. */
export interface AnalysisNumber {
  readonly variant: string;
  readonly analysis: ScaleAnalysis;
  readonly value: Path;
  readonly over?: Path;
}

/** Why is the gap small; why does separating NS not help; how do the two tasks relate, and which NS and AP matter. */
export type PaperQuestion = 'Q1' | 'Q2' | 'Q3';

export interface Statement {
  /** As a sentence about the value. */
  readonly says: string;
  readonly value:
    | { readonly kind: 'contrast'; readonly terms: Terms }
    /** Of the effect of `whole`, how much `part` has. Decided where there is an effect at all. */
    | { readonly kind: 'share'; readonly part: Terms; readonly whole: Terms }
    /** A variant's robustness less that of the front of other variants at the same clean accuracy. */
    | {
        readonly kind: 'front';
        readonly variant: string;
        readonly task: Task;
        readonly front: readonly string[];
      }
    /** A mean over seeds; of ratios, in logarithms. */
    | { readonly kind: 'number'; readonly number: AnalysisNumber; readonly scale: 'linear' | 'logarithmic' };
  readonly range: Range;
  readonly unit: 'accuracy' | 'ratio' | 'share';
  /** What the ends of the range are made of. */
  readonly margin: MarginName;
  /** A short label, for statements that the first figure of a report shows. */
  readonly headline?: string;
  /** The question of the paper's summary that its value answers (questions of a report, not rules). */
  readonly answers?: PaperQuestion;
  /** The epsilons at which the statement decides; elsewhere it is only reported. Default all. */
  readonly decidesAt?: readonly string[];
}

/** Statements that are decided together: all must hold. */
export interface Part {
  readonly title: string;
  /** Whether the claim needs it; otherwise it is decided for its own sake. */
  readonly decides: boolean;
  readonly statements: readonly Statement[];
}

/** A claim of the paper, or a question of ours with what we expect. */
export interface Hypothesis {
  /** 'claim 2', 'experiment A' */
  readonly id: string;
  readonly title: string;
  /** What is claimed or expected, in a sentence. */
  readonly says: string;
  readonly parts: readonly Part[];
}

// Ranges.

const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number;

type Ranged = Pick<Statement, 'range' | 'margin'>;

/** The same, but for less than a margin. */
export const alike = (margin: 'clean' | 'robust'): Ranged => {
  const { value } = margins[margin];
  return { range: { from: -value, to: value }, margin };
};
/** Not lower by a margin or more. */
export const notBelow = (margin: 'clean' | 'robust'): Ranged => ({
  range: { from: -margins[margin].value, to: POSITIVE_INFINITY },
  margin,
});
export const positive: Ranged = { range: { from: 0, to: POSITIVE_INFINITY }, margin: 'nothing' };
export const moreThanHalf: Ranged = {
  range: { from: margins.half.value, to: POSITIVE_INFINITY },
  margin: 'half',
};
export const lessThanHalf: Ranged = {
  range: { from: NEGATIVE_INFINITY, to: margins.half.value },
  margin: 'half',
};
export const lessThanOne: Ranged = {
  range: { from: NEGATIVE_INFINITY, to: margins.one.value },
  margin: 'one',
};
export const moreThanOne: Ranged = {
  range: { from: margins.one.value, to: POSITIVE_INFINITY },
  margin: 'one',
};
export const sameOrder: Ranged = {
  range: { from: 1 / margins.sameOrder.value, to: margins.sameOrder.value },
  margin: 'sameOrder',
};
export const small: Ranged = { range: { from: NEGATIVE_INFINITY, to: margins.small.value }, margin: 'small' };

// Values.

type More = Pick<Statement, 'decidesAt' | 'headline' | 'answers'>;

/** Through the evaluation cell of a task, by default that of the accuracy. */
export const own = (variant: string, accuracy: Task, task: Task = accuracy): Quantity => ({
  variant,
  accuracy,
  task,
  statistics: 'own',
});

/** a - b */
export const less = (a: Quantity, b: Quantity): Terms => [
  [1, a],
  [-1, b],
];

export const scaled = (factor: number, terms: Terms): Terms =>
  terms.map(([weight, quantity]) => [factor * weight, quantity]);

export const contrast = (says: string, terms: Terms, ranged: Ranged, more: More = {}): Statement => ({
  says,
  value: { kind: 'contrast', terms },
  unit: 'accuracy',
  ...ranged,
  ...more,
});

export const share = (
  says: string,
  part: Terms,
  whole: Terms,
  ranged: Ranged,
  more: More = {},
): Statement => ({ says, value: { kind: 'share', part, whole }, unit: 'share', ...ranged, ...more });

export const ofAnalysis = (
  says: string,
  number: AnalysisNumber,
  ranged: Ranged,
  scale: 'linear' | 'logarithmic' = 'logarithmic',
  more: More = {},
): Statement => ({ says, value: { kind: 'number', number, scale }, unit: 'ratio', ...ranged, ...more });

/** Every variant that a statement compares, with what it needs of it. */
export function needsOf({ value }: Statement): { variant: string; what: 'evaluate' | ScaleAnalysis }[] {
  const ofTerms = (terms: Terms) =>
    terms.map(([, { variant, statistics }]) => ({
      variant,
      what: statistics === 'own' ? ('evaluate' as const) : ('reestimate' as const),
    }));
  switch (value.kind) {
    case 'contrast':
      return ofTerms(value.terms);
    case 'share':
      return [...ofTerms(value.part), ...ofTerms(value.whole)];
    case 'front':
      return [value.variant, ...value.front].map((variant) => ({ variant, what: 'evaluate' as const }));
    case 'number':
      return [{ variant: value.number.variant, what: value.number.analysis }];
  }
}

export const statementsOf = ({ parts }: Hypothesis): Statement[] =>
  parts.flatMap(({ statements }) => statements);

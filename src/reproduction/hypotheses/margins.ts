/**
 * Every number that decides a claim and is not measured, with its reason. They were set after the exploratory seeds were seen and
 * before the first confirmatory training; the hash of a claim's rules holds those that it uses (rule-hash.ts), so that none can be
 * moved unnoticed. The paper gives no such numbers: all are ours.
 */

export interface Margin {
  readonly value: number;
  /** Of `value`: points are hundredths of an accuracy and stand here as fractions. */
  readonly unit: 'accuracy' | 'ratio' | 'share';
  readonly reason: string;
}

export const margins = {
  clean: {
    value: 0.02,
    unit: 'accuracy',
    reason:
      'two points of clean accuracy: a fifth of what separate AP change at 8/255 in the exploratory seeds (9.9 points), so that what is called alike could not be mistaken for the effect in question',
  },
  robust: {
    value: 0.01,
    unit: 'accuracy',
    reason:
      'one point of robust accuracy: half of what separate AP change at 8/255 in the exploratory seeds (2.0 points); a wider margin would call that effect itself nothing',
  },
  nothing: { value: 0, unit: 'accuracy', reason: 'an effect has a sign' },
  half: {
    value: 0.5,
    unit: 'share',
    reason:
      'of two changes that together make an effect, the one that brings more than half of it alone matters more',
  },
  one: { value: 1, unit: 'ratio', reason: 'of two that are the same the ratio is one' },
  sameOrder: {
    value: Math.sqrt(10),
    unit: 'ratio',
    reason: 'half an order of magnitude either way: nearer to 1 than to 10 or to a tenth',
  },
  small: {
    value: 0.1,
    unit: 'ratio',
    reason:
      "a tenth of a channel's own standard deviation: half of what Cohen (1988) calls a small difference of means",
  },
} as const satisfies Record<string, Margin>;

export type MarginName = keyof typeof margins;

/** Where a comparison says nothing, whatever its interval. */
export const floors = {
  /** Both sides are below this: two networks that are hardly robust do not compare. */
  robust: {
    value: 0.05,
    reason: 'below 5 % differences are those of a few images that are misclassified by accident',
  },
  /** Both sides are within this of guessing. */
  chance: { value: 0.02, reason: 'within two points of guessing there is no accuracy to compare' },
} as const;

/** Of every one-sided test; see decisions.ts of the statistics room. */
export const level = 0.05;
/** Fewer seeds decide nothing: their spread is not known. */
export const leastSeeds = 2;

/**
 * Failed checks of an evaluation (docs/evaluation.md) that leave an accuracy decidable. Any other on a cell that a statement
 * compares makes the statement not decidable.
 */
export const toleratedChecks: Readonly<Record<string, string>> = {
  'at-chance': 'the floors above say where an accuracy is too near to guessing',
  'stage-left-out': 'a data set of few classes has no targets for the stage',
  'not-converged': 'it compares two lengths of one attack, of which neither is the strongest here',
};

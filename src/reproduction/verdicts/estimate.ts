/** Values over seeds as documents and reports show them, with their 95 % intervals. */
import type { Flags } from '../../evaluation/index.ts';
import { intervalOf, mean, meanOfSeeds, twoWayMean, wilsonInterval } from '../../statistics/index.ts';

export interface OverSeeds {
  readonly value: number;
  readonly interval: [low: number, high: number];
  /** The value of each seed. */
  readonly seeds: number[];
}

/** An accuracy, over seeds and examples. */
export function overSeeds(flags: readonly Flags[]): OverSeeds {
  const estimate = twoWayMean(flags);
  const seeds = flags.map(mean);
  const { value } = estimate;
  // All alike, 0 of 5,000: the spread is nothing, but what other images would give is not certain.
  if (estimate.parts.every(({ variance }) => variance === 0)) {
    const count = flags[0].length;
    return { value, interval: [...wilsonInterval(Math.round(value * count), count)], seeds };
  }
  // Student's t does not know that an accuracy lies between 0 and 1.
  const [low, high] = intervalOf(estimate);
  return { value, interval: [Math.max(0, low), Math.min(1, high)], seeds };
}

/** A number a seed; of one seed, the value alone. */
export function overSeedsOf(values: readonly number[]): OverSeeds {
  const estimate = meanOfSeeds(values);
  const { value } = estimate;
  return {
    value,
    interval: values.length > 1 ? [...intervalOf(estimate)] : [value, value],
    seeds: [...values],
  };
}

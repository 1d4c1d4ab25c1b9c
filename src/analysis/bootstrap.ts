/**
 * Bootstrap intervals of a mean (Efron 1979, the percentile method): of n values, n are drawn with replacement, many times;
 * the interval holds the middle 95 % of the means. Draws are counted randomness: the same seed gives the same interval,
 * and all means of one analysis are of the same draws.
 */
import { integers } from '../random/index.ts';

export interface Estimate {
  readonly value: number;
  /** 95 %. With few values it is a sign of their spread, not more. */
  readonly interval: readonly [low: number, high: number];
}

export interface BootstrapOptions {
  readonly seed?: number;
  /** How often the mean is drawn (default 2000). */
  readonly draws?: number;
}

/** Make a bootstrap of `count` values; the result gives the mean of any such values with its interval. */
export function bootstrap(count: number, { seed = 0, draws = 2000 }: BootstrapOptions = {}) {
  const picks = integers({ seed, purpose: 'bootstrap' }, count * draws, count);
  return function estimate(values: readonly number[]): Estimate {
    if (values.length !== count) throw new RangeError(`expected ${count} values, found ${values.length}`);
    const means = new Float64Array(draws);
    for (let draw = 0; draw < draws; draw += 1) {
      let total = 0;
      for (let at = 0; at < count; at += 1) total += values[picks[draw * count + at]];
      means[draw] = total / count;
    }
    means.sort();
    const value = values.reduce((total, each) => total + each, 0) / count;
    return { value, interval: [quantile(means, 0.025), quantile(means, 0.975)] };
  };
}

/** Between two neighbours, in a line (Hyndman & Fan's type 7, as NumPy's default). */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/**
 * The gap channel by channel, in units of the channel's own spread, so that it does not matter how large a layer's activations are.
 * Of one batch, with s = sqrt(sigma_b^2 + 1e-5) as batch norm has it:
 *
 *   delta_c = (mu_a - mu_b) / s_b        of mu
 *   delta_c = log(s_a / s_b)             of sigma
 *   scaled  = 1/C sum_c |delta_c|        (Measures of one batch; averaged over batches)
 *
 * `scaled` is never nothing: statistics of a batch have sampling error, and the mean of absolute values keeps it. Batches are
 * independent, so the product of two batches' differences has no sampling error in the mean (crossnobis: Walther et al. 2016,
 * NeuroImage 137, formula 9; Allefeld & Haynes 2014, NeuroImage 89). Over K batches,
 *
 *   unbiased^2 = 1/C sum_c ((sum_k delta_kc)^2 - sum_k delta_kc^2) / (K (K - 1))
 *
 * estimates the mean square of the true difference; given is its root, negative where the square is: a sign that the difference
 * is not told from nothing. Its uncertainty is the jackknife's over batches (Miller 1974).
 */
import { studentTQuantile } from '../../statistics/index.ts';
import type { LayerStatistics } from '../batch-statistics.ts';

/** PyTorch's, and this library's, epsilon of batch norm. */
const epsilon = 1e-5;

const spread = (variance: number) => Math.sqrt(variance + epsilon);

/** delta of every channel. */
export const channelDifferences = {
  mu: (a: LayerStatistics, b: LayerStatistics) =>
    a.mean.map((mu, c) => (mu - b.mean[c]) / spread(b.variance[c])),
  sigma: (a: LayerStatistics, b: LayerStatistics) =>
    a.variance.map((variance, c) => Math.log(spread(variance) / spread(b.variance[c]))),
} as const;

export const scaledDistance = (differences: Float64Array): number =>
  differences.reduce((sum, each) => sum + Math.abs(each), 0) / differences.length;

/** @param batches delta of every channel, for two or more independent batches. */
export function unbiasedDistance(batches: readonly Float64Array[]): number {
  const count = batches.length;
  if (count < 2) throw new RangeError('sampling error is known from two batches or more');
  const [{ length: channels }] = batches;
  let total = 0;
  for (let c = 0; c < channels; c += 1) {
    let [sum, squares] = [0, 0];
    for (const batch of batches) {
      sum += batch[c];
      squares += batch[c] ** 2;
    }
    total += (sum ** 2 - squares) / (count * (count - 1));
  }
  const square = total / channels;
  return Math.sign(square) * Math.sqrt(Math.abs(square));
}

export interface UnbiasedEstimate {
  readonly value: number;
  /** 95 %; absent for fewer than three batches. */
  readonly interval?: readonly [low: number, high: number];
}

/**
 * The mean over layers of their unbiased distances.
 *
 * @param layers of each, its differences batch by batch.
 */
export function estimateUnbiased(layers: readonly (readonly Float64Array[])[]): UnbiasedEstimate {
  const [{ length: count }] = layers;
  const without = (left: number) =>
    layers.reduce((sum, batches) => sum + unbiasedDistance(batches.filter((_, at) => at !== left)), 0) /
    layers.length;
  const value = without(-1);
  if (count < 3) return { value };
  const all = Array.from({ length: count }, (_, at) => without(at));
  const mean = all.reduce((sum, each) => sum + each, 0) / count;
  const variance = ((count - 1) / count) * all.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  const half = studentTQuantile(0.975, count - 1) * Math.sqrt(variance);
  return { value, interval: [value - half, value + half] };
}

/**
 * How wrong an estimate of NS is, channel against channel, in units of the channel's own spread. With mu_c and sigma_c of the
 * estimate that is compared with, and C channels,
 *
 *   mu     1/C sum |mu'_c - mu_c| / sigma_c           sigma     1/C sum |log(sigma'_c / sigma_c)|
 *
 * sigma is what a layer divides by, sqrt(variance + 1e-5): an error of mu of 0.1 displaces what comes out, before AP, by 0.1.
 * The error of one of K batches is its standard error, from batch to batch about the batches' mean:
 *
 *   mu     1/C sum sd_k(mu_kc) / sigma_c              sigma     1/C sum sd_k(log sigma_kc)
 *
 * A mean of K batches then has about 1/sqrt(K) of it, and running NS of momentum m about sqrt(m / (2 - m)), 0.23 for 0.1.
 */
import { normalizationEpsilon } from '../../nn/index.ts';
import type { LayerStatistics } from '../batch-statistics.ts';

/** Averaged over channels; see the head. */
export interface StatisticsError {
  readonly mu: number;
  readonly sigma: number;
}

export type LayerError = { readonly layer: string } & StatisticsError;

export interface NetworkError extends StatisticsError {
  /** `mu` and `sigma` are the mean over these. */
  readonly layers: readonly LayerError[];
}

const sigmaOf = (variance: number) => Math.sqrt(variance + normalizationEpsilon);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far statistics are from the reference, at every layer. @throws RangeError for those of another network. */
export function statisticsErrors(
  found: readonly Pick<LayerStatistics, 'layer' | 'mean' | 'variance'>[],
  reference: readonly LayerStatistics[],
): NetworkError {
  const byLayer = new Map(found.map((each) => [each.layer, each]));
  return averaged(
    reference.map(({ layer, mean: mu, variance }) => {
      const other = byLayer.get(layer);
      if (other?.mean.length !== mu.length) throw new RangeError(`there are no statistics for ${layer}`);
      const channels = Array.from(mu, (value, c) => {
        const sigma = sigmaOf(variance[c]);
        return {
          mu: Math.abs(other.mean[c] - value) / sigma,
          sigma: Math.abs(Math.log(sigmaOf(other.variance[c]) / sigma)),
        };
      });
      return { layer, ...over(channels) };
    }),
  );
}

/** The standard error of one of these batches, at every layer. @throws RangeError for fewer than two. */
export function batchErrors(
  batches: readonly (readonly LayerStatistics[])[],
  reference: readonly LayerStatistics[],
): NetworkError {
  if (batches.length < 2) throw new RangeError('one batch alone has no standard error');
  return averaged(
    reference.map(({ layer, variance }, at) => {
      const channels = Array.from(variance, (value, c) => ({
        mu: deviation(batches.map((batch) => batch[at].mean[c])) / sigmaOf(value),
        sigma: deviation(batches.map((batch) => Math.log(sigmaOf(batch[at].variance[c])))),
      }));
      return { layer, ...over(channels) };
    }),
  );
}

const over = (each: readonly StatisticsError[]): StatisticsError => ({
  mu: mean(each.map(({ mu }) => mu)),
  sigma: mean(each.map(({ sigma }) => sigma)),
});

const averaged = (layers: readonly LayerError[]): NetworkError => ({ ...over(layers), layers });

/** Of a sample: n - 1 in the denominator. */
function deviation(values: readonly number[]): number {
  const center = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}

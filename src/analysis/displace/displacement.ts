/**
 * NS moved off their place. A displacement has, for each channel, how far mu goes in units of sigma, and how far log sigma goes;
 * of two sets of NS it is what leads from one to the other, and k times of it
 *
 *   mu' = mu + k d sigma      sigma' = sigma exp(k e)      d = (mu_2 - mu_1) / sigma_1      e = log(sigma_2 / sigma_1)
 *
 * with sigma = sqrt(variance + 1e-5), as normalization has it: at k = 1 the other set itself, beyond it as far again.
 */
import { normalizationEpsilon } from '../../nn/index.ts';
import { integers } from '../../random/index.ts';
import type { LayerStatistics } from '../batch-statistics.ts';

/** NS of one layer. */
export type LayerPlace = Pick<LayerStatistics, 'layer' | 'mean' | 'variance'>;

export interface LayerDisplacement {
  readonly layer: string;
  /** d of the formula. */
  readonly mu: Float64Array;
  /** e */
  readonly logSigma: Float64Array;
}

const sigmaOf = ({ variance }: LayerPlace) =>
  variance.map((value) => Math.sqrt(value + normalizationEpsilon));

/** What leads from one set of NS to another, both in the same order of layers. */
export function displacementBetween(
  from: readonly LayerPlace[],
  to: readonly LayerPlace[],
): LayerDisplacement[] {
  return from.map((start, at) => {
    const [sigma, other] = [sigmaOf(start), sigmaOf(to[at])];
    return {
      layer: start.layer,
      mu: start.mean.map((value, channel) => (to[at].mean[channel] - value) / sigma[channel]),
      logSigma: sigma.map((value, channel) => Math.log(other[channel] / value)),
    };
  });
}

/** NS displaced by a multiple. */
export function displacedBy(
  places: readonly LayerPlace[],
  displacement: readonly LayerDisplacement[],
  multiple: number,
): LayerPlace[] {
  return places.map((place, at) => {
    const sigma = sigmaOf(place);
    const { mu, logSigma } = displacement[at];
    return {
      layer: place.layer,
      mean: place.mean.map((value, channel) => value + multiple * mu[channel] * sigma[channel]),
      variance: sigma.map((value, channel) =>
        Math.max((value * Math.exp(multiple * logSigma[channel])) ** 2 - normalizationEpsilon, 0),
      ),
    };
  });
}

/** As far in each channel, mu and log sigma each up or down by chance; the same for the same seed and draw. */
export function withRandomSigns(
  displacement: readonly LayerDisplacement[],
  { seed, draw }: { readonly seed: number; readonly draw: number },
): LayerDisplacement[] {
  return displacement.map(({ layer, mu, logSigma }, at) => {
    // Draw 0 is the noise of images.
    const key = { seed, purpose: 'noise', example: at, draw: draw + 1 } as const;
    const signs = Array.from(integers(key, 2 * mu.length, 2), (value) => 2 * value - 1);
    return {
      layer,
      mu: mu.map((value, channel) => value * signs[channel]),
      logSigma: logSigma.map((value, channel) => value * signs[mu.length + channel]),
    };
  });
}

/** How far it goes: the mean over layers of the means over channels of |d| and |e|. */
export interface DisplacementSize {
  readonly mu: number;
  readonly logSigma: number;
}

export function sizeOfDisplacement(displacement: readonly LayerDisplacement[]): DisplacementSize {
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((total, value) => total + Math.abs(value), 0) / values.length;
  return {
    mu: mean(displacement.map(({ mu }) => mean(mu))),
    logSigma: mean(displacement.map(({ logSigma }) => mean(logSigma))),
  };
}

/**
 * Where a change that begins at 0 first reaches a size, in a straight line between the multiples that were measured; null where
 * it does not.
 */
export function multipleAt(
  points: readonly { readonly multiple: number; readonly change: number }[],
  size: number,
): number | null {
  let before = { multiple: 0, change: 0 };
  for (const point of points) {
    const now = { multiple: point.multiple, change: Math.abs(point.change) };
    if (now.change >= size) {
      const share = (size - before.change) / (now.change - before.change);
      return before.multiple + share * (now.multiple - before.multiple);
    }
    before = now;
  }
  return null;
}

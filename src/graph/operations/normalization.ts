/**
 * Normalization, with statistics (NS) and affine parameters (AP) as inputs of their own:
 *
 *   mean_c = 1/M sum x_c        variance_c = 1/M sum (x_c - mean_c)^2        M = N H W, per channel c of [N, C, H, W]
 *   normalize(x, mean, variance, gamma, beta) = gamma (x - mean) r + beta,   r = 1 / sqrt(variance + epsilon)
 *
 * (Ioffe & Szegedy 2015, arXiv 1502.03167). Whose statistics these are is the caller's choice: those of x itself, of
 * another batch, of several merged, or running ones. Gradients flow into whatever was passed. Where the statistics
 * are x's own, the three paths to x meet in one formula, batchNormInputGradient, which engines have a kernel for.
 */

import { apply, constant, type Operation } from '../operation.ts';
import { GraphError, type Shape, type Tensor } from '../tensor.ts';
import { add, divide, multiply, negate, sqrt } from './elementwise.ts';
import { broadcast, sum } from './shapes.ts';

/** Sum over everything but channels: [N, C, H, W] to [C]. */
export function channelSum(x: Tensor): Tensor {
  return sum(x, [0, 2, 3]);
}

/** M, the number of values a channel's statistics are taken over. */
export function channelCount(shape: Shape): number {
  const [n = 0, , h = 0, w = 0] = shape;
  return n * h * w;
}

function perChannel(name: string, shapes: readonly Shape[]): Shape {
  const [x = [], ...vectors] = shapes;
  const [, channels] = x;
  if (x.length !== 4) throw new GraphError(name, shapes, 'expects [N, C, H, W]');
  if (!vectors.every((vector) => vector.length === 1 && vector[0] === channels))
    throw new GraphError(name, shapes, `the statistics and affine parameters must be [${channels}]`);
  return x;
}

const vectorOf = (name: string) => (shapes: readonly Shape[]) => perChannel(name, shapes).slice(1, 2);

const zerosLike = (vector: Tensor) => broadcast(constant(0), vector.shape);

export const channelMeanOperation: Operation<'channelMean'> = {
  name: 'channelMean',
  shape: vectorOf('channelMean'),
  // Written as an affine map of x with scale 0, so that it merges with the variance's share (simplify.ts).
  gradient: ({ inputs: [x] }, dy) => [
    x && channelAffine(x, zerosLike(dy), divide(dy, channelCount(x.shape))),
  ],
};

export const channelVarianceOperation: Operation<'channelVariance'> = {
  name: 'channelVariance',
  shape: vectorOf('channelVariance'),
  // dx = 2 dv (x - mean) / M; the path through the mean sums to zero.
  gradient: ({ inputs: [x] }, dy) => {
    if (!x) return [];
    const scale = multiply(dy, 2 / channelCount(x.shape));
    return [channelAffine(x, scale, negate(multiply(scale, channelMean(x))))];
  },
};

export const channelAffineOperation: Operation<'channelAffine'> = {
  name: 'channelAffine',
  shape: (shapes) => perChannel('channelAffine', shapes),
  gradient: ({ inputs: [x, scale, shift] }, dy, wanted) => {
    if (!x || !scale || !shift) return [];
    return [
      wanted[0] ? channelAffine(dy, scale, zerosLike(shift)) : undefined,
      wanted[1] ? channelSum(multiply(dy, x)) : undefined,
      wanted[2] ? channelSum(dy) : undefined,
    ];
  },
};

export const normalizeOperation: Operation<'normalize'> = {
  name: 'normalize',
  shape: (shapes) => perChannel('normalize', shapes),
  gradient: ({ inputs: [x, mean, variance, gamma, beta], attributes: { epsilon } }, dy, wanted, isHeld) => {
    if (!x || !mean || !variance || !gamma || !beta) return [];
    const [wantX, wantMean, wantVariance, wantGamma, wantBeta] = wanted;
    // Statistics that are asked for themselves are held for x; and where only they lead to what is asked, x has no part.
    const own =
      wantX &&
      !isHeld(mean) &&
      !isHeld(variance) &&
      mean.operation === 'channelMean' &&
      mean.inputs[0] === x &&
      variance.operation === 'channelVariance' &&
      variance.inputs[0] === x;
    // r = 1 / sqrt(variance + epsilon)
    const r = () => divide(1, sqrt(add(variance, epsilon)));
    const dbeta = () => channelSum(dy);
    const dgamma = () => apply(normalizeScaleGradientOperation, [dy, x, mean, variance], { epsilon });
    const dx = own
      ? () => apply(batchNormInputGradientOperation, [dy, x, mean, variance, gamma], { epsilon })
      : () => channelAffine(dy, multiply(gamma, r()), zerosLike(beta));
    return [
      wantX ? dx() : undefined,
      // dmean = -gamma r sum dy
      wantMean && !own ? negate(multiply(multiply(gamma, r()), dbeta())) : undefined,
      // dvariance = -1/2 gamma r^3 sum dy (x - mean) = -1/2 gamma r^2 dgamma
      wantVariance && !own
        ? multiply(-0.5, divide(multiply(gamma, dgamma()), add(variance, epsilon)))
        : undefined,
      wantGamma ? dgamma() : undefined,
      wantBeta ? dbeta() : undefined,
    ];
  },
};

/** dgamma = sum dy (x - mean) r, [C]. */
export const normalizeScaleGradientOperation: Operation<'normalizeScaleGradient'> = {
  name: 'normalizeScaleGradient',
  shape: (shapes) => {
    const [dy = [], ...rest] = shapes;
    perChannel('normalizeScaleGradient', rest);
    return perChannel('normalizeScaleGradient', [dy]).slice(1, 2);
  },
  gradient: 'none',
};

/** dx = gamma r (dy - mean(dy) - xhat mean(dy xhat)), xhat = (x - mean) r, means over M. */
export const batchNormInputGradientOperation: Operation<'batchNormInputGradient'> = {
  name: 'batchNormInputGradient',
  shape: ([dy = [], ...rest]) => {
    perChannel('batchNormInputGradient', rest);
    return perChannel('batchNormInputGradient', [dy]);
  },
  gradient: 'none',
};

export function channelMean(x: Tensor): Tensor {
  return apply(channelMeanOperation, [x], {});
}

/** The biased variance (divided by M), as batches are normalized with. */
export function channelVariance(x: Tensor): Tensor {
  return apply(channelVarianceOperation, [x], {});
}

/** x scale + shift, with scale and shift [C]. */
export function channelAffine(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  return apply(channelAffineOperation, [x, scale, shift], {});
}

/** What normalize is told: statistics and affine parameters, each [C]. */
export interface NormalizeInputs {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly epsilon: number;
}

export function normalize(x: Tensor, { mean, variance, gamma, beta, epsilon }: NormalizeInputs): Tensor {
  return apply(normalizeOperation, [x, mean, variance, gamma, beta], { epsilon });
}

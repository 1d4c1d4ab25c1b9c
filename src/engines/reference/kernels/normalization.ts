/** Statistics of channels, and normalization with given ones; the formulas are in graph/operations/normalization.ts. */
import type { Shape, TensorOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';

/** For every element of [N, C, H, W], its channel. */
function channels([n, c, h, w]: Shape): Int32Array {
  return Int32Array.from({ length: n * c * h * w }, (_, i) => Math.floor(i / (h * w)) % c);
}

/** Per channel, the sum of `term` over its elements. */
function channelSums(shape: Shape, term: (at: number, channel: number) => number): Float64Array {
  const totals = new Float64Array(shape[1]);
  channels(shape).forEach((channel, at) => {
    totals[channel] += term(at, channel);
  });
  return totals;
}

/** Per element, `value` of its place and channel. */
function perElement(shape: Shape, value: (at: number, channel: number) => number): Float64Array {
  return Float64Array.from(channels(shape), (channel, at) => value(at, channel));
}

const countOf = ([n, , h, w]: Shape) => n * h * w;

const reciprocalDeviation = (variance: Float64Array, epsilon: number) =>
  variance.map((value) => 1 / Math.sqrt(value + epsilon));

function means(shape: Shape, x: Float64Array): Float64Array {
  const count = countOf(shape);
  return channelSums(shape, (at) => x[at]).map((total) => total / count);
}

type NormalizationName =
  | 'channelMean'
  | 'channelVariance'
  | 'channelAffine'
  | 'normalize'
  | 'normalizeScaleGradient'
  | 'batchNormInputGradient';

export const normalizationKernels: { readonly [Name in NormalizationName]: Kernel<Name> } = {
  channelMean: (node, [x]) => means(node.inputs[0].shape, x),
  channelVariance: (node, [x]) => {
    const { shape } = node.inputs[0];
    const mean = means(shape, x);
    const count = countOf(shape);
    return channelSums(shape, (at, c) => (x[at] - mean[c]) ** 2).map((total) => total / count);
  },
  channelAffine: (node, [x, scale, shift]) => perElement(node.shape, (at, c) => x[at] * scale[c] + shift[c]),
  normalize: (node, [x, mean, variance, gamma, beta]) => {
    const r = reciprocalDeviation(variance, node.attributes.epsilon);
    return perElement(node.shape, (at, c) => gamma[c] * (x[at] - mean[c]) * r[c] + beta[c]);
  },
  normalizeScaleGradient: (node, inputs) => scaleGradient(node, inputs),
  batchNormInputGradient: (node, inputs) => {
    const [dy, x, mean, variance, gamma] = inputs;
    const r = reciprocalDeviation(variance, node.attributes.epsilon);
    const count = countOf(node.shape);
    const dyMean = means(node.shape, dy);
    const dyNormalizedMean = scaleGradient(node, inputs).map((total) => total / count);
    return perElement(node.shape, (at, c) => {
      const normalized = (x[at] - mean[c]) * r[c];
      return gamma[c] * r[c] * (dy[at] - dyMean[c] - normalized * dyNormalizedMean[c]);
    });
  },
};

/** sum dy (x - mean) r, per channel. */
function scaleGradient(
  node: TensorOf<'normalizeScaleGradient' | 'batchNormInputGradient'>,
  [dy, x, mean, variance]: readonly Float64Array[],
): Float64Array {
  const r = reciprocalDeviation(variance, node.attributes.epsilon);
  return channelSums(node.inputs[0].shape, (at, c) => dy[at] * (x[at] - mean[c]) * r[c]);
}

/** The kernel of every operation (those element by element: elementwise.ts); the compiler checks that none is missing. */

import { type OperationName, type Shape, sizeOf, type TensorOf, type Window } from '../../../graph/index.ts';
import { elementwiseKernels, type Kernel, shapeKernels } from './elementwise.ts';

// Convolution and its two gradients, as one walk over all products x[n, c, h, w] w[k, c, r, s] that meet in
// y[n, k, p, q]. The three differ only in which of x, w and y is written.

/** A row of products: `length` elements of y from `yAt`, of x from `xAt` in steps of the stride, one weight. */
type Row = (xAt: number, wAt: number, yAt: number, length: number) => void;

function eachRow(x: Shape, w: Shape, y: Shape, { stride, padding }: Window, row: Row): void {
  const [images, channels, height, width] = x;
  const [filters, , kernelHeight, kernelWidth] = w;
  const [, , rows, columns] = y;
  for (let n = 0; n < images; n += 1)
    for (let k = 0; k < filters; k += 1)
      for (let c = 0; c < channels; c += 1)
        for (let r = 0; r < kernelHeight; r += 1)
          for (let s = 0; s < kernelWidth; s += 1) {
            const wAt = ((k * channels + c) * kernelHeight + r) * kernelWidth + s;
            // The q for which 0 <= q stride + s - padding < width.
            const first = Math.max(0, Math.ceil((padding - s) / stride));
            const end = Math.min(columns, Math.floor((width - 1 + padding - s) / stride) + 1);
            if (end <= first) continue;
            for (let p = 0; p < rows; p += 1) {
              const h = p * stride + r - padding;
              if (h < 0 || h >= height) continue;
              const xAt = ((n * channels + c) * height + h) * width + first * stride + s - padding;
              row(xAt, wAt, ((n * filters + k) * rows + p) * columns + first, end - first);
            }
          }
}

type ConvolutionName = 'convolution' | 'convolutionInputGradient' | 'convolutionWeightGradient';

export const convolutionKernels: { readonly [Name in ConvolutionName]: Kernel<Name> } = {
  convolution: (node, [x, w, ...rest]) => {
    const { stride, bias, residual, relu } = node.attributes;
    const y = residual ? rest[bias ? 1 : 0].slice() : new Float64Array(sizeOf(node.shape));
    if (bias) {
      const [, filters, rows, columns] = node.shape;
      for (let i = 0; i < y.length; i += 1) y[i] += rest[0][Math.floor(i / (rows * columns)) % filters];
    }
    eachRow(
      node.inputs[0].shape,
      node.inputs[1].shape,
      node.shape,
      node.attributes,
      (xAt, wAt, yAt, length) => {
        const weight = w[wAt];
        for (let q = 0; q < length; q += 1) y[yAt + q] += weight * x[xAt + q * stride];
      },
    );
    return relu ? y.map((value) => Math.max(value, 0)) : y;
  },
  convolutionInputGradient: (node, [dy, w]) => {
    const { stride } = node.attributes;
    const dx = new Float64Array(sizeOf(node.shape));
    eachRow(
      node.shape,
      node.inputs[1].shape,
      node.inputs[0].shape,
      node.attributes,
      (xAt, wAt, yAt, length) => {
        const weight = w[wAt];
        for (let q = 0; q < length; q += 1) dx[xAt + q * stride] += weight * dy[yAt + q];
      },
    );
    return dx;
  },
  convolutionWeightGradient: (node, [x, dy]) => {
    const { stride } = node.attributes;
    const dw = new Float64Array(sizeOf(node.shape));
    eachRow(
      node.inputs[0].shape,
      node.shape,
      node.inputs[1].shape,
      node.attributes,
      (xAt, wAt, yAt, length) => {
        let total = 0;
        for (let q = 0; q < length; q += 1) total += x[xAt + q * stride] * dy[yAt + q];
        dw[wAt] += total;
      },
    );
    return dw;
  },
};

// Statistics of channels, and normalization with given ones; the formulas are in graph/operations/normalization.ts.

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

type PoolingName = 'globalAveragePool' | 'globalAveragePoolGradient';

/** The mean over the pixels of a channel, and its adjoint. */
const poolingKernels: { readonly [Name in PoolingName]: Kernel<Name> } = {
  globalAveragePool: (node, [x]) => {
    const [, , height, width] = node.inputs[0].shape;
    const pixels = height * width;
    return Float64Array.from({ length: sizeOf(node.shape) }, (_, at) => {
      let total = 0;
      for (let i = at * pixels; i < (at + 1) * pixels; i += 1) total += x[i];
      return total / pixels;
    });
  },
  globalAveragePoolGradient: (node, [dy]) => {
    const [, , height, width] = node.shape;
    const pixels = height * width;
    const result = new Float64Array(sizeOf(node.shape));
    dy.forEach((value, at) => {
      result.fill(value / pixels, at * pixels, (at + 1) * pixels);
    });
    return result;
  },
};

/** The product of two matrices, read through strides so that a transposed operand needs no copy. */
const matmulKernel: Kernel<'matmul'> = (node, [a, b]) => {
  const { transposeA, transposeB } = node.attributes;
  const [aShape, bShape] = node.inputs.map((input) => input.shape);
  const [rows, columns] = node.shape;
  const inner = transposeA ? aShape[0] : aShape[1];
  const [aRow, aInner] = transposeA ? [1, aShape[1]] : [aShape[1], 1];
  const [bInner, bColumn] = transposeB ? [1, bShape[1]] : [bShape[1], 1];
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1)
    for (let k = 0; k < inner; k += 1) {
      const left = a[i * aRow + k * aInner];
      for (let j = 0; j < columns; j += 1) result[i * columns + j] += left * b[k * bInner + j * bColumn];
    }
  return result;
};

/** Values that come from outside the graph, and scalar constants. */
const leafKernels: { readonly [Name in 'input' | 'variable' | 'constant']: Kernel<Name> } = {
  input: ({ attributes }, _, leaves) => leaves.input(attributes.name),
  variable: ({ attributes }, _, leaves) => leaves.variable(attributes.variable),
  constant: ({ attributes }) => Float64Array.of(attributes.value),
};

export const kernels: { readonly [Name in OperationName]: Kernel<Name> } = {
  ...leafKernels,
  ...elementwiseKernels,
  ...shapeKernels,
  matmul: matmulKernel,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
};

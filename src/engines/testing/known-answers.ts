/** Results worked out by hand, for at least one operation of every family: what even the reference must satisfy. */
import {
  absolute,
  add,
  averagePool,
  broadcast,
  channelAffine,
  channelMean,
  channelVariance,
  clip,
  concatenate,
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
  differentiate,
  divide,
  globalAveragePool,
  globalAveragePoolGradient,
  greater,
  input,
  log,
  matmul,
  max,
  maximum,
  maxPool,
  multiply,
  normalize,
  pad,
  reluGradient,
  reshape,
  type Shape,
  sign,
  slice,
  sqrt,
  sum,
  sumAll,
  type Tensor,
} from '../../graph/index.ts';

export interface KnownAnswer {
  readonly what: string;
  readonly inputs: readonly { readonly shape: Shape; readonly values: readonly number[] }[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  readonly shape: Shape;
  readonly values: readonly number[];
}

const given = (shape: Shape, ...values: number[]) => ({ shape, values });
const window = { stride: 1, padding: 0 };
const matrix = given([2, 3], 1, 2, 3, 4, 5, 6);
const images = given([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9);
// Two images of two channels and one row: channel 0 holds 1, 3, 5, 7, channel 1 holds 2, 2, 2, 2.
const channels = given([2, 2, 1, 2], 1, 3, 2, 2, 5, 7, 2, 2);
const pair = (a: number, b: number) => given([2], a, b);

export const knownAnswers: readonly KnownAnswer[] = [
  {
    what: 'add spreads a row and a column',
    inputs: [given([2, 1], 1, 2), given([3], 10, 20, 30)],
    build: add,
    shape: [2, 3],
    values: [11, 21, 31, 12, 22, 32],
  },
  {
    what: 'division by zero follows IEEE 754',
    inputs: [given([3], 1, -1, 6), given([3], 0, 0, 4)],
    build: divide,
    shape: [3],
    values: [Infinity, -Infinity, 1.5],
  },
  {
    what: 'log(0) is minus infinity',
    inputs: [given([2], 0, 1)],
    build: log,
    shape: [2],
    values: [-Infinity, 0],
  },
  {
    what: 'the corners of sign, absolute and greater',
    inputs: [given([3], -2, 0, 3)],
    build: (x) => concatenate([sign(x), absolute(x), greater(x, 0)], 0),
    shape: [9],
    values: [-1, 0, 1, 2, 0, 3, 0, 0, 1],
  },
  {
    what: 'clip',
    inputs: [given([4], -1, 0.25, 0.5, 2)],
    build: (x) => clip(x, 0, 1),
    shape: [4],
    values: [0, 0.25, 0.5, 1],
  },
  {
    what: 'relu passes a gradient where its result is above zero, not at zero',
    inputs: [given([3], 5, 6, 7), given([3], 0, 2, 0)],
    build: reluGradient,
    shape: [3],
    values: [0, 6, 0],
  },
  { what: 'sum of rows', inputs: [matrix], build: (x) => sum(x, [1]), shape: [2], values: [6, 15] },
  {
    what: 'sum of columns, kept',
    inputs: [matrix],
    build: (x) => sum(x, [0], true),
    shape: [1, 3],
    values: [5, 7, 9],
  },
  {
    what: 'max of columns, of negative numbers too',
    inputs: [given([2, 3], -1, -2, -3, -4, -1, 6)],
    build: (x) => max(x, [0]),
    shape: [3],
    values: [-1, -1, 6],
  },
  {
    what: 'the largest of windows: padding never wins, of whatever size the elements are',
    inputs: [given([1, 2, 2, 2], -1, -2, -(2 ** 126), -4, -Infinity, -Infinity, -Infinity, -5)],
    build: (x) => maxPool(x, { window: 2, padding: 1 }),
    shape: [1, 2, 2, 2],
    values: [-1, -2, -(2 ** 126), -4, -Infinity, -Infinity, -Infinity, -5],
  },
  {
    what: 'the largest of overlapping windows with padding',
    inputs: [images],
    build: (x) => maxPool(x, { window: 3, stride: 2, padding: 1 }),
    shape: [1, 1, 2, 2],
    values: [5, 6, 8, 9],
  },
  {
    what: 'the mean of windows does not count padding',
    inputs: [images],
    build: (x) => averagePool(x, { window: 3, stride: 2, padding: 1 }),
    shape: [1, 1, 2, 2],
    values: [3, 4, 6, 7],
  },
  {
    what: 'NaN and infinities come through the largest of windows, at the edge too',
    inputs: [given([1, 1, 1, 10], Number.NaN, 1, 2, 3, 4, Number.NaN, 6, 5, 8, Infinity)],
    build: (x) => maxPool(x, { window: 3, stride: 2, padding: 1 }),
    shape: [1, 1, 1, 5],
    values: [Number.NaN, 3, Number.NaN, Number.NaN, Infinity],
  },
  {
    what: 'among equal elements of a window the first takes the gradient',
    inputs: [given([1, 1, 3, 3], 7, 7, 7, 7, 7, 7, 7, 7, 7)],
    build: (x) => differentiate(sumAll(maxPool(x, { window: 3, stride: 2, padding: 1 })), [x])[0],
    shape: [1, 1, 3, 3],
    values: [1, 1, 0, 1, 1, 0, 0, 0, 0],
  },
  {
    what: 'slice and pad',
    inputs: [matrix],
    build: (x) => pad(slice(x, 1, 1, 3), 1, 1, 0),
    shape: [2, 3],
    values: [0, 2, 3, 0, 5, 6],
  },
  {
    what: 'concatenate along the second axis',
    inputs: [matrix, given([2, 1], 9, 8)],
    build: (a, b) => concatenate([a, b], 1),
    shape: [2, 4],
    values: [1, 2, 3, 9, 4, 5, 6, 8],
  },
  {
    what: 'broadcast and reshape keep row-major order',
    inputs: [given([2], 1, 2)],
    build: (x) => reshape(broadcast(reshape(x, [2, 1]), [2, 3]), [3, 2]),
    shape: [3, 2],
    values: [1, 1, 1, 2, 2, 2],
  },
  {
    what: 'a matrix product',
    inputs: [matrix, given([3, 2], 1, 0, 0, 1, 1, 1)],
    build: (a, b) => matmul(a, b),
    shape: [2, 2],
    values: [4, 5, 10, 11],
  },
  {
    what: 'a matrix times its transpose',
    inputs: [matrix],
    build: (a) => matmul(a, a, { transposeB: true }),
    shape: [2, 2],
    values: [14, 32, 32, 77],
  },
  {
    what: 'convolution is a correlation: the kernel is not flipped',
    inputs: [images, given([1, 1, 2, 2], 1, 0, 0, -1)],
    build: (x, w) => convolution(x, w, window),
    shape: [1, 1, 2, 2],
    values: [-4, -4, -4, -4],
  },
  {
    what: 'convolution with padding and stride sees the corners',
    inputs: [images, given([1, 1, 3, 3], 0, 0, 0, 0, 1, 0, 0, 0, 10)],
    build: (x, w) => convolution(x, w, { stride: 2, padding: 1 }),
    shape: [1, 1, 2, 2],
    values: [51, 3, 7, 9],
  },
  {
    what: 'the gradient of a convolution for its images',
    inputs: [given([1, 1, 2, 2], 1, 2, 3, 4), given([1, 1, 2, 2], 1, 0, 0, -1)],
    build: (dy, w) => convolutionInputGradient(dy, w, [1, 1, 3, 3], window),
    shape: [1, 1, 3, 3],
    values: [1, 2, 0, 3, 3, -2, 0, -3, -4],
  },
  {
    what: 'the gradient of a convolution for its weights',
    inputs: [images, given([1, 1, 2, 2], 1, 0, 0, 1)],
    build: (x, dy) => convolutionWeightGradient(x, dy, [1, 1, 2, 2], window),
    shape: [1, 1, 2, 2],
    values: [6, 8, 12, 14],
  },
  {
    what: 'the mean of an image',
    inputs: [images],
    build: globalAveragePool,
    shape: [1, 1],
    values: [5],
  },
  {
    what: 'the gradient of a mean spreads evenly',
    inputs: [given([1, 2], 4, 8)],
    build: (dy) => globalAveragePoolGradient(dy, 1, 2),
    shape: [1, 2, 1, 2],
    values: [2, 2, 4, 4],
  },
  { what: 'channel means', inputs: [channels], build: channelMean, shape: [2], values: [4, 2] },
  {
    what: 'channel variances are biased: divided by M, not M - 1',
    inputs: [channels],
    build: channelVariance,
    shape: [2],
    values: [5, 0],
  },
  {
    what: 'channelAffine',
    inputs: [channels, pair(2, 0), pair(1, -1)],
    build: channelAffine,
    shape: [2, 2, 1, 2],
    values: [3, 7, -1, -1, 11, 15, -1, -1],
  },
  {
    what: 'normalize: gamma (x - mean) / sqrt(variance + epsilon) + beta',
    inputs: [channels, pair(4, 0), pair(3.75, 3.75), pair(2, 1), pair(10, 0)],
    build: (x, mean, variance, gamma, beta) => normalize(x, { mean, variance, gamma, beta, epsilon: 0.25 }),
    shape: [2, 2, 1, 2],
    values: [7, 9, 1, 1, 11, 13, 1, 1],
  },
  {
    what: 'a scalar made of scalars',
    inputs: [given([], 9)],
    build: (x) => multiply(maximum(sqrt(x), 1), 2),
    shape: [],
    values: [6],
  },
];

/** A known answer's result and the values to feed. */
export function pose({ inputs, build }: KnownAnswer) {
  const tensors = inputs.map(({ shape }, at) => input(`x${at}`, shape));
  const values = Object.fromEntries(inputs.map((each, at) => [`x${at}`, Float32Array.from(each.values)]));
  return { result: build(...tensors), values };
}

/**
 * Statistics, normalization and their gradients over [N, C, H, W], in few passes over the images: everything that is
 * one number a channel is computed on vectors, so that the images are only multiplied and added to.
 */
import type { GraphBuilder, Lowering, Value } from '../graph-builder.ts';

/** [C] as [C, 1, 1], which broadcasts over images. */
const perChannel = (graph: GraphBuilder, vector: Value) =>
  graph.node('Unsqueeze', [vector, graph.ints([1, 2])]);

/** Over everything but channels, to [C]. */
const reduce = (graph: GraphBuilder, operation: string, x: Value) =>
  graph.node(operation, [x, graph.ints([0, 2, 3])], { keepdims: 0 });

/** x scale + shift. */
function affine(graph: GraphBuilder, x: Value, scale: Value, shift: Value): Value {
  const scaled = graph.node('Mul', [x, perChannel(graph, scale)]);
  return graph.node('Add', [scaled, perChannel(graph, shift)]);
}

/** r = 1 / sqrt(variance + epsilon) */
const inverseDeviation = (graph: GraphBuilder, variance: Value, epsilon: number) =>
  graph.node('Reciprocal', [graph.node('Sqrt', [graph.node('Add', [variance, graph.scalar(epsilon)])])]);

export const lowerChannelMean: Lowering<'channelMean'> = (_, [x], { graph }) =>
  reduce(graph, 'ReduceMean', x);

/** The mean square of what is left without the mean: sum x^2 - mean^2 would lose digits where means are large. */
export const lowerChannelVariance: Lowering<'channelVariance'> = (_, [x], { graph }) => {
  const mean = reduce(graph, 'ReduceMean', x);
  const centered = graph.node('Sub', [x, perChannel(graph, mean)]);
  return reduce(graph, 'ReduceMean', graph.node('Mul', [centered, centered]));
};

export const lowerChannelAffine: Lowering<'channelAffine'> = (_, [x, scale, shift], { graph }) =>
  affine(graph, x, scale, shift);

/** gamma (x - mean) r + beta = x scale + (beta - mean scale), scale = gamma r */
export const lowerNormalize: Lowering<'normalize'> = (
  { attributes: { epsilon } },
  [x, mean, variance, gamma, beta],
  { graph },
) => {
  const scale = graph.node('Mul', [gamma, inverseDeviation(graph, variance, epsilon)]);
  const shift = graph.node('Sub', [beta, graph.node('Mul', [mean, scale])]);
  return affine(graph, x, scale, shift);
};

/** sum dy (x - mean), [C] */
const centeredProduct = (graph: GraphBuilder, dy: Value, x: Value, mean: Value) => {
  const centered = graph.node('Sub', [x, perChannel(graph, mean)]);
  return reduce(graph, 'ReduceSum', graph.node('Mul', [dy, centered]));
};

export const lowerNormalizeScaleGradient: Lowering<'normalizeScaleGradient'> = (
  { attributes: { epsilon } },
  [dy, x, mean, variance],
  { graph },
) => graph.node('Mul', [centeredProduct(graph, dy, x, mean), inverseDeviation(graph, variance, epsilon)]);

/**
 * dx = gamma r (dy - mean(dy) - xhat mean(dy xhat)), xhat = (x - mean) r
 *    = dy p + x q + t,   p = gamma r,   q = -p r^2 sum(dy (x - mean)) / M,   t = -p sum(dy) / M - q mean
 */
export const lowerBatchNormInputGradient: Lowering<'batchNormInputGradient'> = (
  { attributes: { epsilon }, shape: [n, , h, w] },
  [dy, x, mean, variance, gamma],
  { graph },
) => {
  const share = graph.scalar(-1 / (n * h * w));
  const r = inverseDeviation(graph, variance, epsilon);
  const p = graph.node('Mul', [gamma, r]);
  const scaleGradient = graph.node('Mul', [centeredProduct(graph, dy, x, mean), r]);
  const negativeMean = graph.node('Mul', [graph.node('Mul', [p, r]), share]);
  const q = graph.node('Mul', [scaleGradient, negativeMean]);
  const sum = graph.node('Mul', [graph.node('Mul', [reduce(graph, 'ReduceSum', dy), p]), share]);
  const t = graph.node('Sub', [sum, graph.node('Mul', [q, mean])]);
  return graph.node('Add', [graph.node('Mul', [dy, perChannel(graph, p)]), affine(graph, x, q, t)]);
};

// Reductions, matrix products, and operations that move elements.

const reduction =
  (operation: string): Lowering<'sum' | 'max'> =>
  ({ attributes: { axes, keep } }, [x], { graph }) =>
    graph.node(operation, [x, graph.ints(axes)], { keepdims: keep ? 1 : 0 });

export const lowerSum: Lowering<'sum'> = reduction('ReduceSum');

/**
 * ReduceMax takes its axes as an attribute until operator set 17, and as an input from 18 on. Whether it keeps a NaN is
 * each runtime's own affair.
 */
export const lowerMax: Lowering<'max'> = (node, [x], context) => {
  const { graph } = context;
  const largest = reduction('ReduceMax')(node, [x], context);
  const broken = graph.node('Where', [graph.node('IsNaN', [x]), graph.scalar(1), graph.scalar(0)]);
  const any = reduction('ReduceMax')(node, [broken], context);
  const isBroken = graph.node('Greater', [any, graph.scalar(0)]);
  // NaN as 0 / 0, so that no NaN has to stand in the file.
  return graph.node('Where', [isBroken, graph.node('Div', [graph.scalar(0), graph.scalar(0)]), largest]);
};

export const lowerBroadcast: Lowering<'broadcast'> = ({ inputs: [from], shape }, [x], { graph, expanded }) =>
  graph.node('Expand', [x, expanded(from.shape, shape)]);

export const lowerReshape: Lowering<'reshape'> = ({ inputs: [from], shape }, [x], { graph, reshaped }) =>
  graph.node('Reshape', [x, reshaped(from.shape, shape)]);

export const lowerSlice: Lowering<'slice'> = ({ attributes: { axis, start, end } }, [x], { graph }) =>
  graph.node('Slice', [x, graph.ints([start]), graph.ints([end]), graph.ints([axis])]);

export const lowerPad: Lowering<'pad'> = ({ attributes: { axis, before, after }, shape }, [x], { graph }) => {
  const at = (size: number) => shape.map((_, each) => (each === axis ? size : 0));
  return graph.node('Pad', [x, graph.ints([...at(before), ...at(after)])]);
};

export const lowerConcatenate: Lowering<'concatenate'> = ({ attributes: { axis } }, inputs, { graph }) =>
  graph.node('Concat', inputs, { axis });

export const lowerMatmul: Lowering<'matmul'> = (
  { attributes: { transposeA, transposeB } },
  [a, b],
  { graph },
) => graph.node('Gemm', [a, b], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });

export const lowerGlobalAveragePool: Lowering<'globalAveragePool'> = (_, [x], { graph }) =>
  graph.node('ReduceMean', [x, graph.ints([2, 3])], { keepdims: 0 });

/** Broadcasting writes the pixels: every one is dy[n, c] / (H W). */
export const lowerGlobalAveragePoolGradient: Lowering<'globalAveragePoolGradient'> = (
  { attributes: { height, width } },
  [dy],
  { graph },
) => {
  const pixels = height * width;
  const share = graph.floats([1, 1, height, width], new Array<number>(pixels).fill(1 / pixels));
  return graph.node('Mul', [graph.node('Unsqueeze', [dy, graph.ints([2, 3])]), share]);
};

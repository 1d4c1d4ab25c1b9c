/**
 * The rows of the table that differ from standard ONNX, by device, and those whose result for an example is the same to the
 * last bit in any batch. Matrix products of ONNX Runtime on a processor sum in an order that depends on sizes only, with
 * three exceptions, which `batchInvariant` avoids:
 *
 *   - a product of a single row, and a convolution of a single image, have kernels of their own: one is computed as two;
 *   - where there are more columns than rows, threads share columns, and the order of sums depends on how many each got:
 *     products are cut into pieces of 16 columns, which no two threads share.
 */

import type { OperationName, Shape, Tensor, TensorOf } from '../../../graph/index.ts';
import {
  type Context,
  inputGradientPadded,
  type Lowering,
  type Lowerings,
  standardLowerings,
  type Value,
} from '../../../onnx/index.ts';
import { weightGradientByGroups } from './weight-gradient.ts';
import {
  winogradApplies,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from './winograd.ts';

// Convolutions for ONNX Runtime on a processor: Winograd where it pays, else Conv, whose gradient for the filters is a
// matrix product for each tap, twice as fast as a Conv whose images and channels changed places:
//
//   dw[k, c, r, s] = sum over images and pixels of dy[k] times x[c], moved by (r, s)
export const lowerConvolution: Lowering<'convolution'> = (node, values, context) => {
  const [x, w] = node.inputs;
  if (!winogradApplies(x.shape, w.shape, node.attributes))
    return standardLowerings.convolution(node, values, context);
  const { bias, residual, relu } = node.attributes;
  const { graph } = context;
  const rest = values.slice(2);
  let y = winogradForward(node, values, context);
  if (bias) y = graph.node('Add', [y, graph.node('Unsqueeze', [rest[0], graph.ints([1, 2])])]);
  if (residual) y = graph.node('Add', [y, rest[bias ? 1 : 0]]);
  return relu ? graph.node('Relu', [y]) : y;
};

export const directInputGradient = inputGradientPadded('exact');

export const lowerConvolutionInputGradient: Lowering<'convolutionInputGradient'> = (node, values, context) =>
  winogradApplies(node.shape, node.inputs[1].shape, node.attributes)
    ? winogradInputGradient(node, values, context)
    : directInputGradient(node, values, context);

export const weightGradientByProducts: Lowering<'convolutionWeightGradient'> = (
  { inputs: [images, gradients], attributes: { stride, padding }, shape },
  [x, dy],
  { graph },
) => {
  const [k, c, rows, columns] = shape;
  const [n, , p, q] = gradients.shape;
  const swap = { perm: [1, 0, 2, 3] };
  const spots = graph.ints([k, n * p * q]);
  const channels = graph.node('Reshape', [graph.node('Transpose', [dy], swap), spots]); // [K, N P Q]
  const moved = graph.node('Transpose', [x], swap);
  const whole =
    padding === 0
      ? moved
      : graph.node('Pad', [moved, graph.ints([0, 0, padding, padding, 0, 0, padding, padding])]);
  const isWhole = rows * columns === 1 && stride === 1 && images.shape[2] === p && images.shape[3] === q;
  const window = (r: number, s: number) =>
    graph.node('Slice', [
      whole,
      graph.ints([r, s]),
      graph.ints([r + stride * (p - 1) + 1, s + stride * (q - 1) + 1]),
      graph.ints([2, 3]),
      graph.ints([stride, stride]),
    ]);
  const taps = Array.from({ length: rows * columns }, (_, tap) => {
    const part = isWhole ? whole : window(Math.floor(tap / columns), tap % columns);
    const pixels = graph.node('Reshape', [part, graph.ints([c, n * p * q])]); // [C, N P Q]
    const sums = graph.node('Gemm', [channels, pixels], { transB: 1 }); // [K, C]
    return graph.node('Unsqueeze', [sums, graph.ints([2])]);
  });
  const filters = taps.length === 1 ? taps[0] : graph.node('Concat', taps, { axis: 2 });
  return graph.node('Reshape', [filters, graph.ints(shape)]);
};

export const lowerConvolutionWeightGradient: Lowering<'convolutionWeightGradient'> = (
  node,
  values,
  context,
) =>
  winogradApplies(node.inputs[0].shape, node.shape, node.attributes)
    ? winogradWeightGradient(node, values, context)
    : weightGradientByProducts(node, values, context);

const COLUMNS = 16;

const twice = (shape: Shape): Shape => [2, ...shape.slice(1)];

/** A lowering for one example, by one for two. `batched` says which inputs are examples. */
const doubled =
  <Name extends OperationName>(
    lower: Lowering<Name>,
    batched: (node: TensorOf<Name>, at: number) => boolean,
  ): Lowering<Name> =>
  (node, values, context) => {
    if (node.shape[0] !== 1) return lower(node, values, context);
    const { graph } = context;
    const two: TensorOf<Name> = {
      ...node,
      shape: twice(node.shape),
      inputs: node.inputs.map(
        (input, at): Tensor => (batched(node, at) ? { ...input, shape: twice(input.shape) } : input),
      ),
    };
    const inputs = values.map((value, at) =>
      batched(node, at) ? graph.node('Concat', [value, value], { axis: 0 }) : value,
    );
    const [first, second] = [0, 1].map((at) => graph.ints([at]));
    return graph.node('Slice', [lower(two, inputs, context), first, second, first]);
  };

function inPieces(
  { shape: [, columns], attributes: { transposeA, transposeB } }: TensorOf<'matmul'>,
  [a, b]: readonly Value[],
  { graph }: Context,
): Value {
  const axis = graph.ints([transposeB ? 0 : 1]);
  const pieces = Array.from({ length: Math.ceil(columns / COLUMNS) }, (_, at) => {
    const [start, end] = [at * COLUMNS, Math.min(columns, (at + 1) * COLUMNS)];
    const part =
      columns <= COLUMNS ? b : graph.node('Slice', [b, graph.ints([start]), graph.ints([end]), axis]);
    return graph.node('Gemm', [a, part], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 });
  });
  return pieces.length === 1 ? pieces[0] : graph.node('Concat', pieces, { axis: 1 });
}

/** The same table, for steps that must not let an example know its batch. */
export const batchInvariant = (lowerings: Lowerings): Lowerings => ({
  ...lowerings,
  // Inputs are images, filters, then a bias and a residual of the images' number, each where there is one.
  convolution: doubled(
    lowerings.convolution,
    ({ attributes: { bias } }, at) => at === 0 || at === (bias ? 3 : 2),
  ),
  convolutionInputGradient: doubled(lowerings.convolutionInputGradient, (_, at) => at === 0),
  matmul: doubled(inPieces, ({ attributes: { transposeA } }, at) => at === 0 && !transposeA),
});

/** For a processor, with direct convolutions only. */
export const directLowerings: Lowerings = {
  ...standardLowerings,
  convolutionInputGradient: directInputGradient,
  convolutionWeightGradient: weightGradientByProducts,
};

/** For a processor: Winograd where it pays. */
export const winogradLowerings: Lowerings = {
  ...standardLowerings,
  convolution: lowerConvolution,
  convolutionInputGradient: lowerConvolutionInputGradient,
  convolutionWeightGradient: lowerConvolutionWeightGradient,
};

/** For a GPU or another device: nothing that only ONNX Runtime's processor kernels know. */
export const deviceLowerings: Lowerings = {
  ...standardLowerings,
  convolutionWeightGradient: weightGradientByGroups,
};

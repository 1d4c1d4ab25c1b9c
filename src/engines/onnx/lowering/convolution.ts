/**
 * Convolutions for ONNX Runtime on a processor: Winograd where it pays, else Conv, whose gradient for the filters is a
 * matrix product for each tap, twice as fast as a Conv whose images and channels changed places:
 *
 *   dw[k, c, r, s] = sum over images and pixels of dy[k] times x[c], moved by (r, s)
 */
import { inputGradientPadded, type Lowering, standardLowerings } from '../../../onnx/index.ts';
import {
  winogradApplies,
  winogradForward,
  winogradInputGradient,
  winogradWeightGradient,
} from './winograd.ts';

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

/** Reductions over axes, and operations that only move elements. */
import { type Shape, sizeOf, type TensorOf } from '../../../graph/index.ts';
import { type Kernel, offsets, stridesOf } from '../kernel.ts';
import { spread } from './elementwise.ts';

type ReductionName = 'sum' | 'max';
type MovingName = 'broadcast' | 'reshape' | 'slice' | 'pad' | 'concatenate';

/** Start every element of the result at `first` and take in the elements of x that fall on it. */
const reduction =
  (first: number, take: (known: number, x: number) => number): Kernel<ReductionName> =>
  (node: TensorOf<ReductionName>, [x]) => {
    const { axes } = node.attributes;
    const from = node.inputs[0].shape;
    const kept = stridesOf(from.map((size, axis) => (axes.includes(axis) ? 1 : size)));
    const target = offsets(
      from,
      kept.map((stride, axis) => (axes.includes(axis) ? 0 : stride)),
    );
    const result = new Float64Array(sizeOf(node.shape)).fill(first);
    for (let i = 0; i < x.length; i += 1) result[target[i]] = take(result[target[i]], x[i]);
    return result;
  };

/** Where the elements of a part lie in the whole, when the part begins at `start` along `axis`. */
function placed(part: Shape, whole: Shape, axis: number, start: number): Int32Array {
  const strides = stridesOf(whole);
  return offsets(part, strides).map((at) => at + start * strides[axis]);
}

export const shapeKernels: { readonly [Name in ReductionName | MovingName]: Kernel<Name> } = {
  sum: reduction(0, (known, x) => known + x),
  max: reduction(-Infinity, Math.max),
  broadcast: (node, [x]) => spread(x, node.inputs[0].shape, node.shape),
  reshape: (_, [x]) => x,
  slice: (node, [x]) => {
    const { axis, start } = node.attributes;
    return Float64Array.from(placed(node.shape, node.inputs[0].shape, axis, start), (at) => x[at]);
  },
  pad: (node, [x]) => {
    const { axis, before } = node.attributes;
    const result = new Float64Array(sizeOf(node.shape));
    placed(node.inputs[0].shape, node.shape, axis, before).forEach((at, i) => {
      result[at] = x[i];
    });
    return result;
  },
  concatenate: (node, inputs) => {
    const { axis } = node.attributes;
    const result = new Float64Array(sizeOf(node.shape));
    let start = 0;
    inputs.forEach((x, part) => {
      const { shape } = node.inputs[part];
      placed(shape, node.shape, axis, start).forEach((at, i) => {
        result[at] = x[i];
      });
      start += shape[axis];
    });
    return result;
  },
};

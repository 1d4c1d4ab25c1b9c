/**
 * What a kernel of the reference engine is, a function from the inputs' values to the result's, and the first of them:
 * arithmetic of two tensors, spread to their common shape, and functions of one.
 */

import {
  type OperationName,
  type Shape,
  sameShape,
  sizeOf,
  type TensorOf,
  type Variable,
} from '../../../graph/index.ts';

/** Where the values of leaves come from. */
export interface Leaves {
  input(name: string): Float64Array;
  variable(variable: Variable): Float64Array;
}

/** Values are row-major. A kernel never writes to its inputs; its result may be one of them. */
export type Kernel<Name extends OperationName> = (
  node: TensorOf<Name>,
  inputs: readonly Float64Array[],
  leaves: Leaves,
) => Float64Array;

/** Row-major strides of a shape. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** For every position of `shape`, in row-major order, the sum over axes of position times stride. */
export function offsets(shape: Shape, strides: readonly number[]): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  let known = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    for (let at = 1; at < shape[axis]; at += 1)
      for (let i = 0; i < known; i += 1) result[at * known + i] = result[i] + at * strides[axis];
    known *= shape[axis];
  }
  return result;
}

/** Values repeated along the axes that `to` adds or stretches (NumPy's rule). */
export function spread(values: Float64Array, from: Shape, to: Shape): Float64Array {
  if (sameShape(from, to)) return values;
  const own = stridesOf(from);
  const added = to.length - from.length;
  const strides = to.map((_, axis) => (axis < added || from[axis - added] === 1 ? 0 : own[axis - added]));
  return Float64Array.from(offsets(to, strides), (at) => values[at]);
}

type BinaryName =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'maximum'
  | 'minimum'
  | 'greater'
  | 'reluGradient';
type UnaryName = 'exp' | 'log' | 'sqrt' | 'absolute' | 'sign' | 'relu' | 'stopGradient';

const binary =
  (f: (a: number, b: number) => number): Kernel<BinaryName> =>
  (node, inputs) => {
    const [a, b] = inputs.map((values, i) => spread(values, node.inputs[i].shape, node.shape));
    return a.map((value, i) => f(value, b[i]));
  };

const unary =
  (f: (x: number) => number): Kernel<UnaryName> =>
  (_, [x]) =>
    x.map((value) => f(value));

export const elementwiseKernels: { readonly [Name in BinaryName | UnaryName]: Kernel<Name> } = {
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  greater: binary((a, b) => (a > b ? 1 : a <= b ? 0 : Number.NaN)),
  reluGradient: binary((dy, y) => (y <= 0 ? 0 : dy)),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  absolute: unary(Math.abs),
  sign: unary(Math.sign),
  relu: unary((x) => Math.max(x, 0)),
  stopGradient: (_, [x]) => x,
};

// Reductions over axes, and operations that only move elements.

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

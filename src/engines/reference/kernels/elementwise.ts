/** Arithmetic of two tensors, spread to their common shape, and functions of one. */
import { type Shape, sameShape } from '../../../graph/index.ts';
import { type Kernel, offsets, stridesOf } from '../kernel.ts';

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

/**
 * Operations on elements: arithmetic of two tensors with NumPy's broadcasting, and functions of one.
 *
 * Derivatives follow PyTorch where a function has a corner: relu'(0) = 0, sign' = 0, |.|'(0) = 0; where maximum(a, b) or
 * minimum(a, b) ties, the first input takes the whole gradient.
 *
 * No operation hides a NaN: where PyTorch has a number for one (sign, greater), the result here is NaN, so that a broken
 * network cannot pass for one that an attack does not move.
 */

import { apply, constant, type Operation } from '../operation.ts';
import { GraphError, type OperationAttributes, type Shape, sameShape, type Tensor } from '../tensor.ts';
import { sumTo } from './shapes.ts';

type BinaryName = 'add' | 'subtract' | 'multiply' | 'divide' | 'maximum' | 'minimum' | 'greater';
type UnaryName = 'exp' | 'log' | 'sqrt' | 'absolute' | 'sign' | 'relu' | 'stopGradient';

/** A number stands for a scalar constant. */
export type Operand = Tensor | number;

function broadcastShape(name: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new GraphError(name, [a, b], `sizes ${left} and ${right} do not broadcast`);
    return left === 1 ? right : left;
  });
}

/** d(result)/d(a) and d(result)/d(b), each times the incoming gradient, before the sum over broadcast axes. */
interface Partials {
  readonly a: (a: Tensor, b: Tensor, dy: Tensor, y: Tensor) => Tensor | undefined;
  readonly b: (a: Tensor, b: Tensor, dy: Tensor, y: Tensor) => Tensor | undefined;
}

function binary<Name extends BinaryName>(name: Name, partials: Partials): Operation<Name> {
  return {
    name,
    shape: ([a = [], b = []]) => broadcastShape(name, a, b),
    gradient: (node, dy, wanted) => {
      const [a, b] = node.inputs;
      if (!a || !b) return [];
      const y = node as unknown as Tensor;
      const da = wanted[0] ? partials.a(a, b, dy, y) : undefined;
      const db = wanted[1] ? partials.b(a, b, dy, y) : undefined;
      return [da && sumTo(da, a.shape), db && sumTo(db, b.shape)];
    },
  };
}

function unary<Name extends UnaryName>(
  name: Name,
  partial: (dy: Tensor, x: Tensor, y: Tensor) => Tensor | undefined,
): Operation<Name> {
  return {
    name,
    shape: ([x = []]) => x,
    gradient: (node, dy) => {
      const [x] = node.inputs;
      return [x && partial(dy, x, node as unknown as Tensor)];
    },
  };
}

const nothing = () => undefined;

type ElementwiseName = BinaryName | UnaryName | 'reluGradient';

export const elementwiseOperations: { readonly [Name in ElementwiseName]: Operation<Name> } = {
  add: binary('add', { a: (_a, _b, dy) => dy, b: (_a, _b, dy) => dy }),
  subtract: binary('subtract', { a: (_a, _b, dy) => dy, b: (_a, _b, dy) => negate(dy) }),
  multiply: binary('multiply', { a: (_, b, dy) => multiply(dy, b), b: (a, _, dy) => multiply(dy, a) }),
  divide: binary('divide', {
    a: (_, b, dy) => divide(dy, b),
    b: (_, b, dy, y) => negate(divide(multiply(dy, y), b)),
  }),
  maximum: binary('maximum', {
    a: (a, b, dy) => multiply(dy, subtract(1, greater(b, a))),
    b: (a, b, dy) => multiply(dy, greater(b, a)),
  }),
  minimum: binary('minimum', {
    a: (a, b, dy) => multiply(dy, subtract(1, greater(a, b))),
    b: (a, b, dy) => multiply(dy, greater(a, b)),
  }),
  greater: binary('greater', { a: nothing, b: nothing }),
  exp: unary('exp', (dy, _, y) => multiply(dy, y)),
  log: unary('log', (dy, x) => divide(dy, x)),
  sqrt: unary('sqrt', (dy, _, y) => divide(multiply(dy, 0.5), y)),
  absolute: unary('absolute', (dy, x) => multiply(dy, sign(x))),
  sign: unary('sign', nothing),
  relu: unary('relu', (dy, _, y) => reluGradient(dy, y)),
  stopGradient: unary('stopGradient', nothing),
  reluGradient: {
    name: 'reluGradient',
    shape: ([dy = [], y = []]) => {
      if (!sameShape(dy, y)) throw new GraphError('reluGradient', [dy, y], 'the shapes differ');
      return y;
    },
    gradient: ({ inputs: [, y] }, z) => [y && reluGradient(z, y), undefined],
  },
};

const asTensor = (operand: Operand): Tensor => (typeof operand === 'number' ? constant(operand) : operand);

// Every elementwise operation is told nothing besides its inputs.
type NoAttributes = OperationAttributes[BinaryName];

const both =
  <Name extends BinaryName>(operation: Operation<Name>) =>
  (a: Operand, b: Operand): Tensor =>
    apply(operation, [asTensor(a), asTensor(b)], {} satisfies NoAttributes);

const one =
  <Name extends UnaryName>(operation: Operation<Name>) =>
  (x: Tensor): Tensor =>
    apply(operation, [x], {} satisfies NoAttributes);

export const add = both(elementwiseOperations.add);
export const subtract = both(elementwiseOperations.subtract);
export const multiply = both(elementwiseOperations.multiply);
export const divide = both(elementwiseOperations.divide);
export const maximum = both(elementwiseOperations.maximum);
export const minimum = both(elementwiseOperations.minimum);
/** 1 where a > b, 0 where a <= b, NaN where either is NaN. */
export const greater = both(elementwiseOperations.greater);
export const exp = one(elementwiseOperations.exp);
export const log = one(elementwiseOperations.log);
export const sqrt = one(elementwiseOperations.sqrt);
export const absolute = one(elementwiseOperations.absolute);
/** -1, 0 or 1; NaN of NaN. */
export const sign = one(elementwiseOperations.sign);
export const relu = one(elementwiseOperations.relu);
/** The same values, through which no gradient flows. */
export const stopGradient = one(elementwiseOperations.stopGradient);

export function negate(x: Tensor): Tensor {
  return multiply(x, -1);
}

/** 0 where y <= 0, else dy: the gradient of y = relu(x), from the result, so that x need not be kept. */
export function reluGradient(dy: Tensor, y: Tensor): Tensor {
  return apply(elementwiseOperations.reluGradient, [dy, y], {});
}

/** Clip to [low, high]. */
export function clip(x: Tensor, low: Operand, high: Operand): Tensor {
  return minimum(maximum(x, low), high);
}

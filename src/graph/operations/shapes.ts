/**
 * Operations that sum, spread or move elements without computing on them: sum and broadcast, reshape, slice and pad,
 * concatenate. Each pair is the other's adjoint, which is why they share a file. Last, the product
 * of matrices, which moves elements by its transpositions.
 */

import { apply, type Operation } from '../operation.ts';
import { GraphError, type Shape, sameShape, sizeOf, type Tensor } from '../tensor.ts';

/** The shape left when axes are reduced; shared with max. */
export function reducedShape(name: string, shape: Shape, axes: readonly number[], keep: boolean): Shape {
  for (const axis of axes)
    if (!(axis >= 0 && axis < shape.length)) throw new GraphError(name, [shape], `there is no axis ${axis}`);
  return keep
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}

export const sumOperation: Operation<'sum'> = {
  name: 'sum',
  shape: ([x = []], { axes, keep }) => reducedShape('sum', x, axes, keep),
  gradient: ({ inputs: [x], attributes }, dy) => {
    if (!x) return [];
    return [broadcast(reshape(dy, reducedShape('sum', x.shape, attributes.axes, true)), x.shape)];
  },
};

export const broadcastOperation: Operation<'broadcast'> = {
  name: 'broadcast',
  shape: ([x = []], { shape }) => {
    const offset = shape.length - x.length;
    const fits = offset >= 0 && x.every((size, axis) => size === 1 || size === shape[axis + offset]);
    if (!fits) throw new GraphError('broadcast', [x, shape], 'the first shape does not spread to the second');
    return shape;
  },
  gradient: ({ inputs: [x] }, dy) => [x && sumTo(dy, x.shape)],
};

export const reshapeOperation: Operation<'reshape'> = {
  name: 'reshape',
  shape: ([x = []], { shape }) => {
    if (sizeOf(x) !== sizeOf(shape))
      throw new GraphError('reshape', [x, shape], 'the numbers of elements differ');
    return shape;
  },
  gradient: ({ inputs: [x] }, dy) => [x && reshape(dy, x.shape)],
};

export const sliceOperation: Operation<'slice'> = {
  name: 'slice',
  shape: ([x = []], { axis, start, end }) => {
    const size = x[axis] ?? 0;
    if (!(0 <= start && start < end && end <= size))
      throw new GraphError('slice', [x], `no elements ${start} to ${end} along axis ${axis}`);
    return x.map((length, at) => (at === axis ? end - start : length));
  },
  gradient: ({ inputs: [x], attributes: { axis, start, end } }, dy) => [
    x && pad(dy, axis, start, (x.shape[axis] ?? 0) - end),
  ],
};

export const padOperation: Operation<'pad'> = {
  name: 'pad',
  shape: ([x = []], { axis, before, after }) => {
    if (!(axis in x) || before < 0 || after < 0)
      throw new GraphError('pad', [x], `cannot add ${before} and ${after} along axis ${axis}`);
    return x.map((length, at) => (at === axis ? before + length + after : length));
  },
  gradient: ({ inputs: [x], attributes: { axis, before } }, dy) => [
    x && slice(dy, axis, before, before + (x.shape[axis] ?? 0)),
  ],
};

export const concatenateOperation: Operation<'concatenate'> = {
  name: 'concatenate',
  shape: (shapes, { axis }) => {
    const [first = []] = shapes;
    const alike = shapes.every(
      (shape) =>
        shape.length === first.length && shape.every((size, at) => at === axis || size === first[at]),
    );
    if (!alike || !(axis in first))
      throw new GraphError('concatenate', shapes, `the shapes differ elsewhere than along axis ${axis}`);
    const total = shapes.reduce((length, shape) => length + (shape[axis] ?? 0), 0);
    return first.map((size, at) => (at === axis ? total : size));
  },
  gradient: ({ inputs, attributes: { axis } }, dy, wanted) => {
    let at = 0;
    return inputs.map((x, index) => {
      const start = at;
      at += x.shape[axis] ?? 0;
      return wanted[index] ? slice(dy, axis, start, at) : undefined;
    });
  },
};

/** Sum over axes; `keep` leaves them with size 1. */
export function sum(x: Tensor, axes: readonly number[], keep = false): Tensor {
  return axes.length === 0 ? x : apply(sumOperation, [x], { axes: [...axes].sort((a, b) => a - b), keep });
}

/** Sum over every axis: a scalar. */
export function sumAll(x: Tensor): Tensor {
  return sum(
    x,
    x.shape.map((_, axis) => axis),
  );
}

/** Spread to a larger shape by NumPy's rule. */
export function broadcast(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(broadcastOperation, [x], { shape });
}

/** The adjoint of broadcasting from `shape`: sum over the axes along which values were repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const offset = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) =>
    axis < offset || (shape[axis - offset] === 1 && size !== 1) ? [axis] : [],
  );
  return reshape(sum(x, axes), shape);
}

export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : apply(reshapeOperation, [x], { shape });
}

/** Elements start to end (exclusive) along an axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  return start === 0 && end === x.shape[axis] ? x : apply(sliceOperation, [x], { axis, start, end });
}

/** Zeros before and after along an axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return before === 0 && after === 0 ? x : apply(padOperation, [x], { axis, before, after });
}

export function concatenate(tensors: readonly Tensor[], axis: number): Tensor {
  const [only] = tensors;
  return only && tensors.length === 1 ? only : apply(concatenateOperation, tensors, { axis });
}

// The product of two matrices, either of them transposed on the way in.
export interface Transposition {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

export const matmulOperation: Operation<'matmul'> = {
  name: 'matmul',
  shape: ([a = [], b = []], { transposeA, transposeB }) => {
    const [rows, inner] = transposeA ? [a[1], a[0]] : [a[0], a[1]];
    const [other, columns] = transposeB ? [b[1], b[0]] : [b[0], b[1]];
    if (a.length !== 2 || b.length !== 2 || inner !== other || rows === undefined || columns === undefined)
      throw new GraphError(
        'matmul',
        [a, b],
        `inner sizes ${inner} and ${other} must be equal, and both matrices`,
      );
    return [rows, columns];
  },
  // Y = A B:  dA = dY B^T,  dB = A^T dY; with a transposed operand, the transpose of that.
  gradient: ({ inputs: [a, b], attributes: { transposeA, transposeB } }, dy, wanted) => {
    if (!a || !b) return [];
    const da = () =>
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { transposeB: !transposeB });
    const db = () =>
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { transposeA: !transposeA });
    return [wanted[0] ? da() : undefined, wanted[1] ? db() : undefined];
  },
};

/** a [M, K] times b [K, N], or their transposes as asked. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: Transposition = {},
): Tensor {
  return apply(matmulOperation, [a, b], { transposeA, transposeB });
}

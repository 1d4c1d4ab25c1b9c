/** Cases of leaves, reductions, matrix products and operations that move elements. */
import {
  add,
  broadcast,
  concatenate,
  constant,
  matmul,
  max,
  multiply,
  pad,
  reshape,
  slice,
  sum,
  type Tensor,
} from '../../../graph/index.ts';
import { type Case, makeCase } from '../case.ts';

type Reduction = (x: Tensor, axes: readonly number[], keep?: boolean) => Tensor;

const reductions = (operation: Reduction): readonly Case[] =>
  [
    { shape: [3, 4], axes: [1] },
    { shape: [3, 4], axes: [0] },
    { shape: [3, 4], axes: [0, 1] },
    { shape: [5], axes: [0] },
    { shape: [2, 3, 2, 3], axes: [0, 2, 3] },
    { shape: [2, 3, 2, 3], axes: [1, 2, 3] },
    { shape: [2, 3, 2, 3], axes: [1] },
    { shape: [2, 1, 3], axes: [1] },
    { shape: [1, 1, 1, 1], axes: [0, 2, 3] },
    { shape: [2, 3, 2, 2, 2], axes: [2, 4] },
    { shape: [2, 1, 2, 3, 2, 2], axes: [3, 5] },
  ].flatMap(({ shape, axes }) => [
    makeCase(`axes ${axes} of rank ${shape.length}`, [shape], (x) => operation(x, axes)),
    makeCase(`axes ${axes} of rank ${shape.length}, kept`, [shape], (x) => operation(x, axes, true)),
  ]);

const products = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    [
      { rows: 3, inner: 4, columns: 2 },
      { rows: 1, inner: 5, columns: 3 },
      { rows: 4, inner: 1, columns: 1 },
    ].map(({ rows, inner, columns }) =>
      makeCase(
        `${rows} x ${inner} x ${columns}, transposed: ${transposeA}, ${transposeB}`,
        [transposeA ? [inner, rows] : [rows, inner], transposeB ? [columns, inner] : [inner, columns]],
        (a, b) => matmul(a, b, { transposeA, transposeB }),
      ),
    ),
  ),
);

export const shapeCases = {
  input: [makeCase('the input itself', [[2, 3]], (x) => x), makeCase('one element', [[]], (x) => x)],
  // Every second input of a case is given as a variable.
  variable: [makeCase('a variable itself', [[2], [2, 3, 2, 2]], (_, v) => v)],
  constant: [
    makeCase('alone', [], () => constant(-2.5)),
    makeCase('spread', [], () => broadcast(constant(3), [2, 3])),
    makeCase('in a sum', [[2, 3, 2, 2]], (x) => add(x, constant(0.25))),
  ],
  sum: reductions(sum),
  max: reductions(max),
  broadcast: [
    makeCase('a scalar', [[]], (x) => broadcast(x, [2, 3])),
    makeCase('a row', [[3]], (x) => broadcast(x, [4, 3])),
    makeCase('a column', [[4, 1]], (x) => broadcast(x, [4, 3])),
    makeCase('channels of images', [[3, 1, 1]], (x) => broadcast(x, [2, 3, 2, 3])),
    makeCase('several axes', [[2, 1, 3, 1]], (x) => broadcast(x, [2, 2, 3, 2])),
  ],
  reshape: [
    makeCase('flat', [[2, 3, 2, 2]], (x) => reshape(x, [2, 12])),
    makeCase('with axes of one', [[3]], (x) => reshape(x, [1, 3, 1, 1])),
    makeCase('to a scalar', [[1, 1]], (x) => reshape(x, [])),
  ],
  slice: [
    makeCase('first half of a batch', [[4, 3, 2, 2]], (x) => slice(x, 0, 0, 2)),
    makeCase('second half of a batch', [[5, 3, 2, 2]], (x) => slice(x, 0, 2, 5)),
    makeCase('channels', [[2, 5, 2, 3]], (x) => slice(x, 1, 1, 3)),
    makeCase('last axis', [[2, 5]], (x) => slice(x, 1, 4, 5)),
    makeCase('every second column', [[2, 3, 2, 4]], (x) =>
      reshape(slice(reshape(x, [2, 3, 2, 2, 2]), 4, 1, 2), [2, 3, 2, 2]),
    ),
    makeCase('both halves, then their product', [[4, 3]], (x) =>
      multiply(slice(x, 0, 0, 2), slice(x, 0, 2, 4)),
    ),
  ],
  pad: [
    makeCase('after a batch', [[2, 3, 2, 2]], (x) => pad(x, 0, 0, 2)),
    makeCase('before a batch', [[2, 3]], (x) => pad(x, 0, 1, 0)),
    makeCase('around pixels', [[2, 3, 2, 2]], (x) => pad(x, 3, 1, 2)),
    makeCase('channels', [[2, 1, 3, 3]], (x) => pad(x, 1, 0, 3)),
  ],
  concatenate: [
    makeCase(
      'batches',
      [
        [2, 3, 2, 2],
        [1, 3, 2, 2],
      ],
      (a, b) => concatenate([a, b], 0),
    ),
    makeCase(
      'channels',
      [
        [2, 1, 2, 2],
        [2, 2, 2, 2],
        [2, 3, 2, 2],
      ],
      (...x) => concatenate(x, 1),
    ),
    makeCase(
      'last axis',
      [
        [2, 1],
        [2, 3],
      ],
      (a, b) => concatenate([a, b], 1),
    ),
    makeCase('a tensor with itself', [[2, 3]], (a) => concatenate([a, a], 0)),
  ],
  matmul: products,
} satisfies Record<string, readonly Case[]>;

/** The product of two matrices, either of them transposed on the way in. */

import { apply, type Operation } from '../operation.ts';
import type { Tensor } from '../tensor.ts';
import { GraphError } from '../tensor.ts';

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

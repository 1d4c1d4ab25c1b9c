/** The product of two matrices, read through strides so that a transposed operand needs no copy. */
import type { Kernel } from '../kernel.ts';

export const matmulKernel: Kernel<'matmul'> = (node, [a, b]) => {
  const { transposeA, transposeB } = node.attributes;
  const [aShape, bShape] = node.inputs.map((input) => input.shape);
  const [rows, columns] = node.shape;
  const inner = transposeA ? aShape[0] : aShape[1];
  const [aRow, aInner] = transposeA ? [1, aShape[1]] : [aShape[1], 1];
  const [bInner, bColumn] = transposeB ? [1, bShape[1]] : [bShape[1], 1];
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1)
    for (let k = 0; k < inner; k += 1) {
      const left = a[i * aRow + k * aInner];
      for (let j = 0; j < columns; j += 1) result[i * columns + j] += left * b[k * bInner + j * bColumn];
    }
  return result;
};

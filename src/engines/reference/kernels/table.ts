/** The kernel of every operation, the short ones here; the compiler checks that none is missing. */
import { type OperationName, sizeOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';
import { convolutionKernels } from './convolution.ts';
import { elementwiseKernels, shapeKernels } from './elementwise.ts';
import { normalizationKernels } from './normalization.ts';

type PoolingName = 'globalAveragePool' | 'globalAveragePoolGradient';

/** The mean over the pixels of a channel, and its adjoint. */
const poolingKernels: { readonly [Name in PoolingName]: Kernel<Name> } = {
  globalAveragePool: (node, [x]) => {
    const [, , height, width] = node.inputs[0].shape;
    const pixels = height * width;
    return Float64Array.from({ length: sizeOf(node.shape) }, (_, at) => {
      let total = 0;
      for (let i = at * pixels; i < (at + 1) * pixels; i += 1) total += x[i];
      return total / pixels;
    });
  },
  globalAveragePoolGradient: (node, [dy]) => {
    const [, , height, width] = node.shape;
    const pixels = height * width;
    const result = new Float64Array(sizeOf(node.shape));
    dy.forEach((value, at) => {
      result.fill(value / pixels, at * pixels, (at + 1) * pixels);
    });
    return result;
  },
};

/** The product of two matrices, read through strides so that a transposed operand needs no copy. */
const matmulKernel: Kernel<'matmul'> = (node, [a, b]) => {
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

/** Values that come from outside the graph, and scalar constants. */
const leafKernels: { readonly [Name in 'input' | 'variable' | 'constant']: Kernel<Name> } = {
  input: ({ attributes }, _, leaves) => leaves.input(attributes.name),
  variable: ({ attributes }, _, leaves) => leaves.variable(attributes.variable),
  constant: ({ attributes }) => Float64Array.of(attributes.value),
};

export const kernels: { readonly [Name in OperationName]: Kernel<Name> } = {
  ...leafKernels,
  ...elementwiseKernels,
  ...shapeKernels,
  matmul: matmulKernel,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
};

/** The kernel of every operation; the compiler checks that none is missing. */
import type { OperationName } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';
import { convolutionKernels } from './convolution.ts';
import { elementwiseKernels } from './elementwise.ts';
import { leafKernels } from './leaves.ts';
import { matmulKernel } from './matmul.ts';
import { normalizationKernels } from './normalization.ts';
import { poolingKernels } from './pooling.ts';
import { shapeKernels } from './shapes.ts';

export const kernels: { readonly [Name in OperationName]: Kernel<Name> } = {
  ...leafKernels,
  ...elementwiseKernels,
  ...shapeKernels,
  matmul: matmulKernel,
  ...convolutionKernels,
  ...poolingKernels,
  ...normalizationKernels,
};

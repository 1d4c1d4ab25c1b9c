/** The mean over the pixels of a channel, and its adjoint. */
import { sizeOf } from '../../../graph/index.ts';
import type { Kernel } from '../kernel.ts';

type PoolingName = 'globalAveragePool' | 'globalAveragePoolGradient';

export const poolingKernels: { readonly [Name in PoolingName]: Kernel<Name> } = {
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

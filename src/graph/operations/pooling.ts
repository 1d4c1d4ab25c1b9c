/** The mean over all pixels of a channel, [N, C, H, W] to [N, C], and its adjoint. */
import { GraphError } from '../error.ts';
import { apply, type Operation } from '../operation.ts';
import type { Tensor } from '../tensor.ts';

export const globalAveragePoolOperation: Operation<'globalAveragePool'> = {
  name: 'globalAveragePool',
  shape: ([x = []]) => {
    if (x.length !== 4) throw new GraphError('globalAveragePool', [x], 'expects [N, C, H, W]');
    return x.slice(0, 2);
  },
  gradient: ({ inputs: [x] }, dy) => {
    const [, , height = 0, width = 0] = x?.shape ?? [];
    return [globalAveragePoolGradient(dy, height, width)];
  },
};

export const globalAveragePoolGradientOperation: Operation<'globalAveragePoolGradient'> = {
  name: 'globalAveragePoolGradient',
  shape: ([dy = []], { height, width }) => {
    if (dy.length !== 2) throw new GraphError('globalAveragePoolGradient', [dy], 'expects [N, C]');
    return [...dy, height, width];
  },
  gradient: (_, z) => [globalAveragePool(z)],
};

/** [N, C, H, W] to [N, C]. */
export function globalAveragePool(x: Tensor): Tensor {
  return apply(globalAveragePoolOperation, [x], {});
}

/** Each dy[n, c] / (H W) at every pixel: [N, C] to [N, C, H, W]. */
export function globalAveragePoolGradient(dy: Tensor, height: number, width: number): Tensor {
  return apply(globalAveragePoolGradientOperation, [dy], { height, width });
}

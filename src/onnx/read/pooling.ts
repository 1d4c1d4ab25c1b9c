/**
 * Pooling of an ONNX graph, as far as our operations can say it: over the whole image, and over windows that do not
 * overlap, which are axes of their own after a reshape: [N, C, H, W] to [N, C, H / r, r, W / s, s].
 */
import { globalAveragePool, max, multiply, reshape, slice, sum, type Tensor } from '../../graph/index.ts';
import type { Call } from './call.ts';
import { padsOf } from './linear.ts';
import { Unreadable } from './value.ts';

/** [N, C, H, W] to [N, C, 1, 1]. */
export function readGlobalAveragePool(call: Call): Tensor {
  const x = imageOf(call);
  return reshape(globalAveragePool(x), [x.shape[0], x.shape[1], 1, 1]);
}

export const readGlobalMaxPool = (call: Call): Tensor => max(imageOf(call), [2, 3], true);

type Reduction = (x: Tensor, axes: readonly number[], count: number) => Tensor;

const reductions = {
  AveragePool: (x, axes, count) => multiply(sum(x, axes), 1 / count),
  MaxPool: (x, axes) => max(x, axes),
} as const satisfies Record<string, Reduction>;

export const readPool =
  (name: keyof typeof reductions) =>
  (call: Call): Tensor => {
    const x = imageOf(call);
    const [n, c, h, w] = x.shape;
    const kernel = call.intList('kernel_shape') ?? [];
    const strides = call.intList('strides') ?? [1, 1];
    const pads = padsOf(call, x, kernel, strides);
    const [r = 0, s = 0] = kernel;
    const whole = r === h && s === w;
    const apart = r === strides[0] && s === strides[1];
    if (pads.some((size) => size > 0)) throw new Unreadable(`it pads, by ${pads.join(', ')}`);
    if (!whole && !apart)
      throw new Unreadable(
        `its windows of ${r}x${s} overlap or leave gaps, with strides of ${strides.join('x')}`,
      );
    if ((call.intList('dilations') ?? []).some((dilation) => dilation !== 1))
      throw new Unreadable('it is dilated');
    const [rows, columns] = [Math.floor(h / r), Math.floor(w / s)];
    if (call.int('ceil_mode', 0) === 1 && (rows * r < h || columns * s < w))
      throw new Unreadable('its last windows stick out of the image (ceil_mode)');
    const covered = slice(slice(x, 2, 0, rows * r), 3, 0, columns * s);
    const windows = reshape(covered, [n, c, rows, r, columns, s]);
    return reductions[name](windows, [3, 5], r * s);
  };

function imageOf(call: Call): Tensor {
  const x = call.tensor(0);
  if (x.shape.length !== 4)
    throw new Unreadable(`it pools [${x.shape.join(', ')}]; only images [N, C, H, W] are supported`);
  return x;
}

/**
 * Pooling of an ONNX graph in terms of our operations: over the whole image; over windows that lie side by side, which are
 * axes of their own after a reshape, [N, C, H, W] to [N, C, H / r, r, W / s, s]; and over any others, as the largest or the
 * mean of r s images, each of which holds one place of every window.
 */
import {
  add,
  broadcast,
  constant,
  divide,
  globalAveragePool,
  max,
  maximum,
  multiply,
  pad,
  reshape,
  slice,
  subtract,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import type { Call } from './call.ts';
import { padsOf } from './linear.ts';
import { Unreadable } from './value.ts';

/** [N, C, H, W] to [N, C, 1, 1]. */
export function readGlobalAveragePool(call: Call): Tensor {
  const x = imageOf(call);
  return reshape(globalAveragePool(x), [x.shape[0], x.shape[1], 1, 1]);
}

export const readGlobalMaxPool = (call: Call): Tensor => max(imageOf(call), [2, 3], true);

/** A window along one axis of an image. */
interface Reach {
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  readonly before: number;
  /** Padding after, as the file says it. */
  readonly after: number;
  /** Number of windows. */
  readonly count: number;
}

interface Pooling {
  /** Over the axes of windows that lie side by side. */
  readonly beside: (windows: Tensor, axes: readonly number[], count: number) => Tensor;
  /** Of images that hold one place of every window each; `inside` tells pixels (1) from padding (0), [1, 1, P, Q]. */
  readonly apart: (places: readonly Tensor[], inside: readonly Tensor[]) => Tensor;
}

// Below any pixel or activation, and far from the end of float32.
const padding = -1e30;

const poolings = {
  MaxPool: {
    beside: (windows, axes) => max(windows, axes),
    apart: (places, inside) =>
      places
        .map((place, at) => add(place, multiply(subtract(1, inside[at]), padding)))
        .reduce((a, b) => maximum(a, b)),
  },
  AveragePool: {
    beside: (windows, axes, count) => multiply(sum(windows, axes), 1 / count),
    apart: (places, inside) =>
      divide(
        places.reduce((a, b) => add(a, b)),
        inside.reduce((a, b) => add(a, b)),
      ),
  },
} as const satisfies Record<string, Pooling>;

export const readPool =
  (name: keyof typeof poolings) =>
  (call: Call): Tensor => {
    const x = imageOf(call);
    const kernel = call.intList('kernel_shape') ?? [];
    const strides = call.intList('strides') ?? [1, 1];
    const [top, left, bottom, right] = padsOf(call, x, kernel, strides);
    const ceil = call.int('ceil_mode', 0) === 1;
    if ((call.intList('dilations') ?? []).some((dilation) => dilation !== 1))
      throw new Unreadable('it is dilated');
    const [rows, columns] = [
      reachOf(x.shape[2], kernel[0], strides[0], [top, bottom], ceil),
      reachOf(x.shape[3], kernel[1], strides[1], [left, right], ceil),
    ];
    if ([rows, columns].every(isSideBySide)) return besides(name, x, rows, columns);
    const counted = call.int('count_include_pad', 0) === 1 && top + left + bottom + right > 0;
    if (name === 'AveragePool' && counted) throw new Unreadable('its means count the padding');
    return apart(name, x, rows, columns);
  };

function reachOf(
  size: number,
  window: number,
  stride: number,
  [before, after]: readonly [number, number],
  ceil: boolean,
): Reach {
  const steps = (size + before + after - window) / stride;
  const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  // A last window that holds nothing but padding is none.
  const real = (count - 1) * stride >= size + before ? count - 1 : count;
  return { size, window, stride, before, after, count: real };
}

const isSideBySide = ({ size, window, stride, before, after, count }: Reach) =>
  before + after === 0 && ((window === stride && count * window <= size) || window === size);

function besides(name: keyof typeof poolings, x: Tensor, rows: Reach, columns: Reach): Tensor {
  const [n, c] = x.shape;
  const covered = [rows, columns].reduce(
    (rest, { count, window }, at) => slice(rest, 2 + at, 0, count * window),
    x,
  );
  const windows = reshape(covered, [n, c, rows.count, rows.window, columns.count, columns.window]);
  return poolings[name].beside(windows, [3, 5], rows.window * columns.window);
}

function apart(name: keyof typeof poolings, x: Tensor, rows: Reach, columns: Reach): Tensor {
  const ones = broadcast(constant(1), [1, 1, rows.size, columns.size]);
  const placesOf = (image: Tensor) => {
    const wide = widened(widened(image, 2, rows), 3, columns);
    return Array.from({ length: rows.window * columns.window }, (_, place) =>
      everyNth(
        everyNth(wide, 2, Math.floor(place / columns.window), rows),
        3,
        place % columns.window,
        columns,
      ),
    );
  };
  return poolings[name].apart(placesOf(x), placesOf(ones));
}

/** With zeros around, enough that every place of every window, and a stride more, is there. */
function widened(x: Tensor, axis: number, { size, window, stride, before, count }: Reach): Tensor {
  const needed = window - 1 + stride * count;
  return pad(x, axis, before, Math.max(needed - size - before, 0));
}

/** Elements `from`, `from` + stride, ... along an axis, one a window. */
function everyNth(x: Tensor, axis: number, from: number, { stride, count }: Reach): Tensor {
  const part = slice(x, axis, from, from + stride * count);
  const [head, tail] = [part.shape.slice(0, axis), part.shape.slice(axis + 1)];
  const split = reshape(part, [...head, count, stride, ...tail]);
  return reshape(slice(split, axis + 1, 0, 1), [...head, count, ...tail]);
}

function imageOf(call: Call): Tensor {
  const x = call.tensor(0);
  if (x.shape.length !== 4)
    throw new Unreadable(`it pools [${x.shape.join(', ')}]; only images [N, C, H, W] are supported`);
  return x;
}

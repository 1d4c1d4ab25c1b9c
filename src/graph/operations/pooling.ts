/** The mean over all pixels of a channel, [N, C, H, W] to [N, C], and its adjoint. */

import { apply, constant, type Operation } from '../operation.ts';
import { GraphError, type Tensor } from '../tensor.ts';
import { add, divide, greater, maximum, multiply, subtract } from './elementwise.ts';
import { broadcast, concatenate, pad, reducedShape, reshape, slice, sum } from './shapes.ts';

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

// Pooling over windows of an image, composed of other operations, so that every engine has it and its gradient.
//
// A window of R x S places is pooled along rows first and columns next, each as a chain over the places of the window:
//
//   y[i] = f(x[i s - p], x[i s - p + 1], ..., x[i s - p + w - 1])   (window w, stride s, padding p)
//
// where all first places of the windows are one strided slice of x, all second places another, and so on.

export interface PoolingOptions {
  /** Of both axes, or [height, width]. */
  readonly window: number | readonly [number, number];
  /** The window's size unless said otherwise. */
  readonly stride?: number | readonly [number, number];
  /** On all sides, or [top, left, bottom, right]; less than the window. */
  readonly padding?: number | readonly [number, number, number, number];
  /** Whether a last window may reach beyond the padding; one that holds only padding is left out. */
  readonly ceil?: boolean;
}

/** The windows along one axis. */
interface AxisWindows {
  readonly axis: number;
  readonly size: number;
  readonly window: number;
  readonly stride: number;
  /** Places before the first element. */
  readonly before: number;
  /** Places after the last element that belong to a window. */
  readonly after: number;
  /** Number of windows. */
  readonly count: number;
}

/**
 * The largest element of every window, [N, C, H, W] to [N, C, P, Q], as nn.MaxPool2d.
 *
 * Padding never wins: at the edges, the place outside repeats the nearest element, which is in the same window. NaN and
 * infinities come through. Among equal elements of a window the first takes the gradient, as in PyTorch.
 *
 * @throws GraphError where x is no batch of images, or the window does not fit.
 */
export function maxPool(x: Tensor, options: PoolingOptions): Tensor {
  return axesOf('maxPool', x, options)
    .toReversed()
    .reduce(
      (rest, windows) => placesOf(repeatEdges(rest, windows), windows).reduce((a, b) => maximum(a, b)),
      x,
    );
}

/**
 * The mean of every window over the elements that are not padding, as nn.AvgPool2d with count_include_pad=False.
 *
 * @throws GraphError as maxPool.
 */
export function averagePool(x: Tensor, options: PoolingOptions): Tensor {
  const axes = axesOf('averagePool', x, options);
  const sumWindows = (image: Tensor) =>
    axes.toReversed().reduce((rest, windows) => {
      const { axis, size, window, before, after, count } = windows;
      if (count === 1 && window === size && before === 0) return sum(rest, [axis], true);
      return placesOf(pad(rest, axis, before, after), windows).reduce((a, b) => add(a, b));
    }, image);
  if (axes.every(({ before, after }) => before + after === 0))
    return multiply(sumWindows(x), 1 / (axes[0].window * axes[1].window));
  const ones = broadcast(constant(1), [1, 1, ...axes.map(({ size }) => size)]);
  return divide(sumWindows(x), sumWindows(ones));
}

function axesOf(name: string, x: Tensor, options: PoolingOptions): readonly AxisWindows[] {
  const { window, stride = window, padding = 0, ceil = false } = options;
  const [top, left, bottom, right] =
    typeof padding === 'number' ? [padding, padding, padding, padding] : padding;
  if (x.shape.length !== 4) throw new GraphError(name, [x.shape], 'expects [N, C, H, W]');
  return [2, 3].map((axis) => {
    const of = (both: number | readonly [number, number]) =>
      typeof both === 'number' ? both : both[axis - 2];
    const [before, end] = axis === 2 ? [top, bottom] : [left, right];
    const wanted = { axis, size: x.shape[axis], window: of(window), stride: of(stride), before };
    const problem = problemOf(wanted, end);
    if (problem) throw new GraphError(name, [x.shape], `${problem} along axis ${axis}`);
    const count = countOf(wanted, end, ceil);
    const reached = (count - 1) * wanted.stride + wanted.window - before;
    return { ...wanted, count, after: Math.max(reached - wanted.size, 0) };
  });
}

type Wanted = Omit<AxisWindows, 'after' | 'count'>;

function problemOf({ size, window, stride, before }: Wanted, end: number): string | undefined {
  if (![window, stride].every((each) => Number.isInteger(each) && each > 0))
    return `expects a window and a stride of whole numbers from 1, not ${window} and ${stride},`;
  if (![before, end].every((each) => Number.isInteger(each) && each >= 0 && each < window))
    return `expects a padding of 0 to ${window - 1}, less than the window, not ${before} and ${end},`;
  if (before + size + end < window) return `a window of ${window} does not fit`;
  return undefined;
}

function countOf({ size, window, stride, before }: Wanted, end: number, ceil: boolean): number {
  const steps = (before + size + end - window) / stride;
  const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  return (count - 1) * stride >= before + size ? count - 1 : count;
}

/** x with its first and last element repeated outside, along an axis. */
function repeatEdges(x: Tensor, { axis, size, before, after }: AxisWindows): Tensor {
  const repeated = (from: number, times: number) => {
    const shape = x.shape.map((length, at) => (at === axis ? times : length));
    return times === 0 ? [] : [broadcast(slice(x, axis, from, from + 1), shape)];
  };
  return concatenate([...repeated(0, before), x, ...repeated(size - 1, after)], axis);
}

/** One tensor for each place of a window, which holds that place of all windows. `x` has its padding. */
function placesOf(x: Tensor, { axis, window, stride, count }: AxisWindows): Tensor[] {
  // In blocks of one stride each, [..., L, ...] to [..., L / s, s, ...], all equal places of windows lie side by side.
  const blocks = count + Math.ceil(window / stride) - 1;
  const length = blocks * stride;
  const whole = pad(x, axis, 0, Math.max(length - x.shape[axis], 0));
  const covered = slice(whole, axis, 0, length);
  const [head, tail] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const split = reshape(covered, [...head, blocks, stride, ...tail]);
  const phases = Array.from({ length: Math.min(stride, window) }, (_, phase) =>
    reshape(slice(split, axis + 1, phase, phase + 1), [...head, blocks, ...tail]),
  );
  return Array.from({ length: window }, (_, place) => {
    const from = Math.floor(place / stride);
    return slice(phases[place % stride], axis, from, from + count);
  });
}

// The largest element over axes. Its gradient goes to the largest element; among equals it is shared evenly.

export const maxOperation: Operation<'max'> = {
  name: 'max',
  shape: ([x = []], { axes, keep }) => reducedShape('max', x, axes, keep),
  gradient: (node, dy) => {
    const [x] = node.inputs;
    if (!x) return [];
    const { axes } = node.attributes;
    const kept = reducedShape('max', x.shape, axes, true);
    const largest = reshape(node as Tensor, kept);
    const isLargest = subtract(1, greater(broadcast(largest, x.shape), x));
    const share = divide(reshape(dy, kept), sum(isLargest, axes, true));
    return [multiply(isLargest, share)];
  },
};

export function max(x: Tensor, axes: readonly number[], keep = false): Tensor {
  return axes.length === 0 ? x : apply(maxOperation, [x], { axes: [...axes].sort((a, b) => a - b), keep });
}

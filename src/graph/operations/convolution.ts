/**
 * Convolution and its two gradients. Each of the three is bilinear, and the gradient of one is made of the other two:
 *
 *   y  = x * w        y[n,k,p,q]  = sum_{c,r,s} x[n, c, p*stride + r - padding, q*stride + s - padding] w[k,c,r,s]
 *   dx = dy *^T w     (convolutionInputGradient: back to x's height and width)
 *   dw = x *' dy      (convolutionWeightGradient: back to w's height and width)
 *
 * x [N, C, H, W], w [K, C, R, S], y [N, K, P, Q] with P = floor((H + 2 padding - R) / stride) + 1.
 *
 * The forward form can also add a bias [K] and a residual [N, K, P, Q] and end in a ReLU. Only simplification makes
 * these fused forms, after differentiation, so they need no gradient.
 */

import { apply, type Operation } from '../operation.ts';
import { GraphError, type Shape, sameShape, type Tensor, type Window } from '../tensor.ts';

const extent = (size: number, kernel: number, { stride, padding }: Window) =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

function forwardShape(shapes: readonly Shape[], window: Window): Shape {
  const [x = [], w = []] = shapes;
  const [n, c, h, wide] = x;
  const [k, channels, r, s] = w;
  if (n === undefined || c === undefined || h === undefined || wide === undefined || x.length !== 4)
    throw new GraphError('convolution', shapes, 'images must be [N, C, H, W]');
  if (k === undefined || r === undefined || s === undefined || w.length !== 4)
    throw new GraphError('convolution', shapes, 'weights must be [K, C, R, S]');
  if (c !== channels)
    throw new GraphError(
      'convolution',
      shapes,
      `the images have ${c} channels, the weights expect ${channels}`,
    );
  const y = [n, k, extent(h, r, window), extent(wide, s, window)];
  if (y.some((size) => size < 1))
    throw new GraphError('convolution', shapes, 'the window is larger than the images');
  return y;
}

export const convolutionOperation: Operation<'convolution'> = {
  name: 'convolution',
  shape: (shapes, { bias, residual, ...window }) => {
    const y = forwardShape(shapes, window);
    const rest = shapes.slice(2);
    const expected = [...(bias ? [[y[1] ?? 0]] : []), ...(residual ? [y] : [])];
    if (rest.length !== expected.length || !rest.every((shape, at) => sameShape(shape, expected[at] ?? [])))
      throw new GraphError(
        'convolution',
        shapes,
        'the bias must be [K] and the residual of the shape of the result',
      );
    return y;
  },
  gradient: ({ inputs: [x, w], attributes: { bias, residual, relu, stride, padding } }, dy, wanted) => {
    if (!x || !w) return [];
    if (bias || residual || relu)
      throw new GraphError(
        'convolution',
        [x.shape, w.shape],
        'a fused convolution has no gradient: differentiate first',
      );
    const window = { stride, padding };
    return [
      wanted[0] ? convolutionInputGradient(dy, w, x.shape, window) : undefined,
      wanted[1] ? convolutionWeightGradient(x, dy, w.shape, window) : undefined,
    ];
  },
};

export const convolutionInputGradientOperation: Operation<'convolutionInputGradient'> = {
  name: 'convolutionInputGradient',
  shape: ([dy = [], w = []], { height, width, ...window }) => {
    const x = [dy[0] ?? 0, w[1] ?? 0, height, width];
    if (!sameShape(dy, forwardShape([x, w], window)))
      throw new GraphError(
        'convolutionInputGradient',
        [dy, w],
        `does not lead back to height ${height}, width ${width}`,
      );
    return x;
  },
  gradient: ({ inputs: [dy, w], attributes: { stride, padding } }, z, wanted) => {
    if (!dy || !w) return [];
    const window = { stride, padding };
    return [
      wanted[0] ? convolution(z, w, window) : undefined,
      wanted[1] ? convolutionWeightGradient(z, dy, w.shape, window) : undefined,
    ];
  },
};

export const convolutionWeightGradientOperation: Operation<'convolutionWeightGradient'> = {
  name: 'convolutionWeightGradient',
  shape: ([x = [], dy = []], { height, width, ...window }) => {
    const w = [dy[1] ?? 0, x[1] ?? 0, height, width];
    if (!sameShape(dy, forwardShape([x, w], window)))
      throw new GraphError(
        'convolutionWeightGradient',
        [x, dy],
        `does not lead to a ${height} x ${width} kernel`,
      );
    return w;
  },
  gradient: ({ inputs: [x, dy], attributes: { stride, padding } }, z, wanted) => {
    if (!x || !dy) return [];
    const window = { stride, padding };
    return [
      wanted[0] ? convolutionInputGradient(dy, z, x.shape, window) : undefined,
      wanted[1] ? convolution(x, z, window) : undefined,
    ];
  },
};

/** x [N, C, H, W] with w [K, C, R, S]. */
export function convolution(x: Tensor, w: Tensor, { stride, padding }: Window): Tensor {
  return apply(convolutionOperation, [x, w], { stride, padding, bias: false, residual: false, relu: false });
}

/** What dy [N, K, P, Q] gives to the images of the shape x. */
export function convolutionInputGradient(
  dy: Tensor,
  w: Tensor,
  x: Shape,
  { stride, padding }: Window,
): Tensor {
  const [, , height = 0, width = 0] = x;
  return apply(convolutionInputGradientOperation, [dy, w], { stride, padding, height, width });
}

/** What dy [N, K, P, Q] gives to the weights of the shape w. */
export function convolutionWeightGradient(
  x: Tensor,
  dy: Tensor,
  w: Shape,
  { stride, padding }: Window,
): Tensor {
  const [, , height = 0, width = 0] = w;
  return apply(convolutionWeightGradientOperation, [x, dy], { stride, padding, height, width });
}

/** The largest element over axes. Its gradient goes to the largest element; among equals it is shared evenly. */
import { apply, type Operation } from '../operation.ts';
import type { Tensor } from '../tensor.ts';
import { divide, greater, multiply, subtract } from './elementwise.ts';
import { broadcast, reducedShape, reshape, sum } from './shapes.ts';

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

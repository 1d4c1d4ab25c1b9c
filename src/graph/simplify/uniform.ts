/** Tensors all of whose elements are one number that is known while the graph is built. */
import { constant } from '../operations/leaves.ts';
import { broadcast } from '../operations/shapes.ts';
import type { Shape, Tensor } from '../tensor.ts';

export function uniform(value: number, shape: Shape): Tensor {
  return broadcast(constant(value), shape);
}

/** The number, if the tensor is uniform. */
export function uniformValue(tensor: Tensor): number | undefined {
  if (tensor.operation === 'constant') return tensor.attributes.value;
  if (tensor.operation !== 'broadcast') return undefined;
  const [from] = tensor.inputs;
  return from.operation === 'constant' ? from.attributes.value : undefined;
}

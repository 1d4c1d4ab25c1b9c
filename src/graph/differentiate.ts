/**
 * Reverse-mode differentiation that builds only what is asked for.
 *
 * Only nodes on a path from an asked tensor to the result get a gradient, so that an attack, which asks for the images'
 * gradient, builds no weight gradient. The asked tensors may be any tensors, leaves or not. Each is held for the others, as
 * if it were a leaf: where L = f(x, m) with m = g(x) and both are asked, the gradient for x is that of f with m fixed, and
 * the way through m is in the gradient for m. Asked alone, x gets both.
 */

import { constant, type Operation } from './operation.ts';
import { add } from './operations/elementwise.ts';
import { broadcast } from './operations/shapes.ts';
import { operations } from './operations/table.ts';
import { GraphError, type OperationName, sizeOf, type Tensor, type TensorOf } from './tensor.ts';

/** The tensors that depend on one of `wanted`, found from `result` downwards. */
function dependents(result: Tensor, wanted: ReadonlySet<Tensor>): ReadonlySet<Tensor> {
  const dependent = new Map<Tensor, boolean>();
  const pending = [result];
  while (pending.length > 0) {
    const tensor = pending[pending.length - 1];
    if (!tensor || dependent.has(tensor)) {
      pending.pop();
      continue;
    }
    // A gradient stops where it is told to, and at the asked tensors themselves.
    const inputs = wanted.has(tensor) || tensor.operation === 'stopGradient' ? [] : tensor.inputs;
    const unknown = inputs.filter((input) => !dependent.has(input));
    if (unknown.length > 0) {
      pending.push(...unknown);
      continue;
    }
    dependent.set(tensor, wanted.has(tensor) || inputs.some((input) => dependent.get(input) === true));
    pending.pop();
  }
  return new Set([...dependent].filter(([, depends]) => depends).map(([tensor]) => tensor));
}

/**
 * d(result)/d(wanted[i]) for a scalar result (of one element) with the other wanted tensors held, in the order of
 * `wanted`; zeros where the result does not depend on it.
 */
export function differentiate(result: Tensor, wanted: readonly Tensor[]): Tensor[] {
  if (sizeOf(result.shape) !== 1)
    throw new GraphError('differentiate', [result.shape], 'only a scalar has a gradient: sum it first');
  const asked = new Set(wanted);
  const path = dependents(result, asked);
  const gradients = new Map<Tensor, Tensor>([[result, broadcast(constant(1), result.shape)]]);
  // Later tensors first: ids are a topological order.
  for (const tensor of [...path].sort((a, b) => b.id - a.id)) {
    const gradient = gradients.get(tensor);
    if (!gradient || asked.has(tensor)) continue;
    const needed = tensor.inputs.map((input) => path.has(input));
    const parts = inputGradients(tensor, gradient, needed, asked);
    tensor.inputs.forEach((input, at) => {
      const part = parts[at];
      if (!part || !needed[at]) return;
      const known = gradients.get(input);
      gradients.set(input, known ? add(known, part) : part);
    });
  }
  return wanted.map((tensor) => gradients.get(tensor) ?? broadcast(constant(0), tensor.shape));
}

function inputGradients(
  tensor: Tensor,
  gradient: Tensor,
  needed: readonly boolean[],
  asked: ReadonlySet<Tensor>,
) {
  // The table's row and the tensor carry the same name, which the type of an indexed union cannot express.
  const operation = operations[tensor.operation] as Operation<OperationName>;
  if (operation.gradient === 'none')
    throw new GraphError(
      tensor.operation,
      tensor.inputs.map((input) => input.shape),
      'has no derivative (it is one already)',
    );
  return operation.gradient(tensor as TensorOf<OperationName>, gradient, needed, (input) => asked.has(input));
}

/**
 * What an operation is: a name, a shape rule and a gradient rule. The operations themselves are in operations/.
 *
 * Adjoint: for y = f(x_1, ..., x_n) and a scalar L, a gradient rule turns dL/dy into dL/dx_i by building tensors
 * (reverse mode; Griewank & Walther 2008). It builds only what is wanted: the rule sees which inputs are asked for.
 */
import type { OperationAttributes, OperationName, Shape, Tensor, TensorOf } from './tensor.ts';

/**
 * The gradients of a node's inputs, in their order; undefined where it is zero or not wanted. A rule that takes what an
 * input was made of into account (as one formula for several paths) must not do so for an input that `isHeld`.
 */
export type GradientRule<Name extends OperationName> = (
  node: TensorOf<Name>,
  gradient: Tensor,
  wanted: readonly boolean[],
  isHeld: (input: Tensor) => boolean,
) => readonly (Tensor | undefined)[];

export interface Operation<Name extends OperationName> {
  readonly name: Name;
  /** The result's shape, or a GraphError that names the operation and the shapes. */
  readonly shape: (inputs: readonly Shape[], attributes: OperationAttributes[Name]) => Shape;
  /** 'none': the operation serves gradients and has no derivative of its own here; asking for one is an error. */
  readonly gradient: GradientRule<Name> | 'none';
}

let made = 0;

/** Make the tensor that an operation gives; the only place where tensors come from. */
export function apply<Name extends OperationName>(
  operation: Operation<Name>,
  inputs: readonly Tensor[],
  attributes: OperationAttributes[Name],
): Tensor {
  const shape = operation.shape(
    inputs.map((input) => input.shape),
    attributes,
  );
  made += 1;
  const tensor: TensorOf<Name> = { id: made, operation: operation.name, inputs, attributes, shape };
  // TypeScript does not see that TensorOf<Name> is a member of the union for every Name.
  return tensor as unknown as Tensor;
}

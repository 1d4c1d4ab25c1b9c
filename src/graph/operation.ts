/**
 * What an operation is: a name, a shape rule and a gradient rule. The operations themselves are in operations/, but for the
 * leaves, where values enter a graph.
 *
 * Adjoint: for y = f(x_1, ..., x_n) and a scalar L, a gradient rule turns dL/dy into dL/dx_i by building tensors
 * (reverse mode; Griewank & Walther 2008). It builds only what is wanted: the rule sees which inputs are asked for.
 */

import type { OperationAttributes, OperationName, Shape, Tensor, TensorOf, Variable } from './tensor.ts';

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

// Where values enter a graph: inputs of a step, variables of an engine, and scalar constants.
const noInputs = () => [];

export const variableOperation: Operation<'variable'> = {
  name: 'variable',
  shape: (_, { variable }) => variable.shape,
  gradient: noInputs,
};

export const constantOperation: Operation<'constant'> = {
  name: 'constant',
  shape: () => [],
  gradient: noInputs,
};

/** An input's shape is given, not derived; the operation is made for each call of `input`. */
export const inputOperation = (shape: Shape): Operation<'input'> => ({
  name: 'input',
  shape: () => shape,
  gradient: noInputs,
});

const read = new WeakMap<Variable, TensorOf<'variable'>>();

/** A value given at every run, by name. */
export function input(name: string, shape: Shape): TensorOf<'input'> {
  return apply(inputOperation(shape), [], { name }) as TensorOf<'input'>;
}

/** A variable's value at the start of the run. The same variable gives the same tensor. */
export function variable(of: Variable): TensorOf<'variable'> {
  const known = read.get(of);
  if (known) return known;
  const tensor = apply(variableOperation, [], { variable: of }) as TensorOf<'variable'>;
  read.set(of, tensor);
  return tensor;
}

/** A scalar, of shape []; broadcasting gives it any other. */
export function constant(value: number): Tensor {
  return apply(constantOperation, [], { value });
}

/** Where values enter a graph: inputs of a step, variables of an engine, and scalar constants. */
import { apply, type Operation } from '../operation.ts';
import type { Shape, Tensor, TensorOf, Variable } from '../tensor.ts';

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

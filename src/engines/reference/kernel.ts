/** What the reference engine runs for an operation: a function from the inputs' values to the result's. */
import { type OperationName, type Shape, sizeOf, type TensorOf, type Variable } from '../../graph/index.ts';

/** Where the values of leaves come from. */
export interface Leaves {
  input(name: string): Float64Array;
  variable(variable: Variable): Float64Array;
}

/** Values are row-major. A kernel never writes to its inputs; its result may be one of them. */
export type Kernel<Name extends OperationName> = (
  node: TensorOf<Name>,
  inputs: readonly Float64Array[],
  leaves: Leaves,
) => Float64Array;

/** Row-major strides of a shape. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** For every position of `shape`, in row-major order, the sum over axes of position times stride. */
export function offsets(shape: Shape, strides: readonly number[]): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  let known = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    for (let at = 1; at < shape[axis]; at += 1)
      for (let i = 0; i < known; i += 1) result[at * known + i] = result[i] + at * strides[axis];
    known *= shape[axis];
  }
  return result;
}

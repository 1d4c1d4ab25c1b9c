/**
 * The nouns of the graph: shapes, variables and symbolic tensors.
 *
 * A tensor is the result of one operation on other tensors; it holds no values. Which operations exist, and what each
 * is told besides its inputs, is the type OperationAttributes; what an operation means is in operations/. Values
 * appear only when an engine runs a step (step.ts).
 */
import { InputError } from '../errors.ts';

/** Sizes, outermost first; images are [N, C, H, W], convolution weights [K, C, R, S] (PyTorch's order). */
export type Shape = readonly number[];

/** State that lives in an engine between runs. Two variables are the same only if they are the same object. */
export interface Variable {
  readonly name: string;
  readonly shape: Shape;
}

type None = Record<never, never>;

/** How a convolution walks over its images; the same value for its forward form and both gradients. */
export interface Window {
  readonly stride: number;
  readonly padding: number;
}

/** Every operation, with what it is told besides its inputs. Tables over operations are checked against this. */
export interface OperationAttributes {
  // Leaves.
  input: { readonly name: string };
  variable: { readonly variable: Variable };
  constant: { readonly value: number };
  // Elementwise, with broadcasting as in NumPy for those of two inputs.
  add: None;
  subtract: None;
  multiply: None;
  divide: None;
  maximum: None;
  minimum: None;
  greater: None;
  exp: None;
  log: None;
  sqrt: None;
  absolute: None;
  sign: None;
  relu: None;
  reluGradient: None;
  stopGradient: None;
  // Reductions and shapes.
  sum: { readonly axes: readonly number[]; readonly keep: boolean };
  max: { readonly axes: readonly number[]; readonly keep: boolean };
  broadcast: { readonly shape: Shape };
  reshape: { readonly shape: Shape };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  concatenate: { readonly axis: number };
  // Linear maps.
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  convolution: Window & { readonly bias: boolean; readonly residual: boolean; readonly relu: boolean };
  convolutionInputGradient: Window & { readonly height: number; readonly width: number };
  convolutionWeightGradient: Window & { readonly height: number; readonly width: number };
  globalAveragePool: None;
  globalAveragePoolGradient: { readonly height: number; readonly width: number };
  // Normalization: statistics and affine parameters are separate inputs.
  channelMean: None;
  channelVariance: None;
  channelAffine: None;
  normalize: { readonly epsilon: number };
  normalizeScaleGradient: { readonly epsilon: number };
  batchNormInputGradient: { readonly epsilon: number };
}

export type OperationName = keyof OperationAttributes;

/** A tensor made by the operation Name. */
export interface TensorOf<Name extends OperationName> {
  /** Rises in order of making, so that sorting by it is a topological order. */
  readonly id: number;
  readonly operation: Name;
  readonly inputs: readonly Tensor[];
  readonly attributes: OperationAttributes[Name];
  readonly shape: Shape;
}

/** Any tensor; `switch (tensor.operation)` narrows its attributes. */
export type Tensor = { [Name in OperationName]: TensorOf<Name> }[OperationName];

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A shape as written in messages: [64, 3, 32, 32]. */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** A value as a key of a cache: as JSON, with the numbers that JSON does not tell apart (NaN, the infinities, -0). */
export const exactKey = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'number' && (Object.is(part, -0) || !Number.isFinite(part))
      ? `number ${Object.is(part, -0) ? '-0' : part}`
      : part,
  );

// What goes wrong while a graph is built: an operation met shapes, or a use, that it is not defined for.

/** Names the operation and the shapes it was given; bad input, as the graph is built from what a user asked for. */
export class GraphError extends InputError {
  override readonly name = 'GraphError';

  constructor(operation: string, shapes: readonly Shape[], why: string) {
    super(`${operation}(${shapes.map(showShape).join(', ')}): ${why}`, [], { code: 'invalid-graph' });
  }
}

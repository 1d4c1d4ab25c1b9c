/** What a lowering is given, and what it gives. */
import type { OperationName, Shape, TensorOf } from '../../graph/index.ts';
import type { GraphBuilder, Value } from '../graph-builder.ts';

export interface Context {
  readonly graph: GraphBuilder;
  /** The vector that Reshape takes to go from one shape to the other; a free batch never becomes a number in it. */
  readonly reshaped: (from: Shape, to: Shape) => Value;
  /** The same for Expand. */
  readonly expanded: (from: Shape, to: Shape) => Value;
}

/** Adds what computes `node` to the graph; the result is the value that holds it. */
export type Lowering<Name extends OperationName> = (
  node: TensorOf<Name>,
  inputs: readonly Value[],
  context: Context,
) => Value;

export type Lowerings = { readonly [Name in OperationName]: Lowering<Name> };

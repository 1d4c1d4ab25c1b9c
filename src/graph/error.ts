/** What goes wrong while a graph is built: an operation met shapes, or a use, that it is not defined for. */
import { DualbnError } from '../errors.ts';
import { type Shape, showShape } from './tensor.ts';

/** Names the operation and the shapes it was given; exit code 2, as the graph is built from what a user asked for. */
export class GraphError extends DualbnError {
  override readonly name = 'GraphError';
  readonly exitCode = 2;
  readonly code = 'invalid-graph';

  constructor(operation: string, shapes: readonly Shape[], why: string) {
    super(`${operation}(${shapes.map(showShape).join(', ')}): ${why}`);
  }
}

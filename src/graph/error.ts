/** What goes wrong while a graph is built: an operation met shapes, or a use, that it is not defined for. */
import { InputError } from '../errors.ts';
import { type Shape, showShape } from './tensor.ts';

/** Names the operation and the shapes it was given; bad input, as the graph is built from what a user asked for. */
export class GraphError extends InputError {
  override readonly name = 'GraphError';

  constructor(operation: string, shapes: readonly Shape[], why: string) {
    super(`${operation}(${shapes.map(showShape).join(', ')}): ${why}`, [], { code: 'invalid-graph' });
  }
}

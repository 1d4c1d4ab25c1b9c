/**
 * A step is a value: what goes in, which variables it reads, what comes out, and which variables it moves.
 *
 * All updates of a step happen at once, after everything was read: a variable's tensor is its value at the start. A
 * running NS moves only where a step lists it here; nothing else in the program can move it.
 */
import { GraphError, sameShape, type Tensor, type TensorOf, type Variable } from './tensor.ts';

/** The variable's value after the step. */
export interface Update {
  readonly variable: Variable;
  readonly value: Tensor;
}

export interface Step {
  readonly name: string;
  readonly inputs: readonly TensorOf<'input'>[];
  readonly variables: readonly Variable[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates: readonly Update[];
}

/** Everything that `roots` are made of, each once, in a topological order (that of making). */
export function reachable(roots: Iterable<Tensor>): Tensor[] {
  const seen = new Set<Tensor>(roots);
  for (const tensor of seen) for (const input of tensor.inputs) seen.add(input);
  return [...seen].sort((a, b) => a.id - b.id);
}

/** A step's tensors, in a topological order. */
export function stepTensors(step: Pick<Step, 'outputs' | 'updates'>): Tensor[] {
  return reachable([...Object.values(step.outputs), ...step.updates.map((update) => update.value)]);
}

/** Make a step; its inputs and variables are found from what it computes. */
export function makeStep(
  name: string,
  { outputs, updates = [] }: { outputs: Readonly<Record<string, Tensor>>; updates?: readonly Update[] },
): Step {
  const tensors = stepTensors({ outputs, updates });
  const inputs = tensors.filter((tensor) => tensor.operation === 'input');
  const names = new Set<string>();
  for (const { attributes } of inputs) {
    if (names.has(attributes.name))
      throw new GraphError(`step ${name}`, [], `two different inputs are called ${attributes.name}`);
    names.add(attributes.name);
  }
  const moved = new Set<Variable>();
  for (const { variable, value } of updates) {
    if (!sameShape(variable.shape, value.shape))
      throw new GraphError(`step ${name}`, [variable.shape, value.shape], `cannot update ${variable.name}`);
    if (moved.has(variable)) throw new GraphError(`step ${name}`, [], `${variable.name} is updated twice`);
    moved.add(variable);
  }
  const read = tensors
    .filter((tensor) => tensor.operation === 'variable')
    .map((tensor) => tensor.attributes.variable);
  return { name, inputs, variables: [...new Set([...read, ...moved])], outputs, updates };
}

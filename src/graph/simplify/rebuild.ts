/**
 * What every pass is made of: a step is rebuilt tensor by tensor, in order of making, so that the new ids are again a
 * topological order close to the old one. What nothing needs any more is not rebuilt the next time: dead code goes by
 * itself. Rules that look at one tensor and what it is made of are tables by operation, which one pass applies.
 */
import { apply, constant, type Operation } from '../operation.ts';
import { broadcast } from '../operations/shapes.ts';
import { operations } from '../operations/table.ts';
import { type Step, stepTensors } from '../step.ts';
import type { OperationName, Shape, Tensor, TensorOf } from '../tensor.ts';

/** A tensor of the same shape and values that costs less, or undefined where the rule does not apply. */
export type Rule<Name extends OperationName> = (tensor: TensorOf<Name>) => Tensor | undefined;

export type Rules = { readonly [Name in OperationName]?: readonly Rule<Name>[] };

/** Apply rules to every tensor until none applies. Every rule makes its tensor simpler, so this ends. */
export function rewriting(...tables: readonly Rules[]): Pass {
  const better = (tensor: Tensor): Tensor | undefined => {
    // The rules of a row are for tensors of the row's name, which the type of an indexed union cannot express.
    for (const table of tables)
      for (const rule of (table[tensor.operation] ?? []) as readonly Rule<OperationName>[]) {
        const found = rule(tensor as TensorOf<OperationName>);
        if (found) return found;
      }
    return undefined;
  };
  return (step) =>
    rebuild(step, (old, inputs) => {
      let tensor = remake(old, inputs);
      for (let next = better(tensor); next; next = better(tensor)) tensor = next;
      return tensor;
    });
}

/** A tensor all of whose elements are one number that is known while the graph is built. */
export function uniform(value: number, shape: Shape): Tensor {
  return broadcast(constant(value), shape);
}

/** The number, if the tensor is uniform. */
export function uniformValue(tensor: Tensor): number | undefined {
  if (tensor.operation === 'constant') return tensor.attributes.value;
  if (tensor.operation !== 'broadcast') return undefined;
  const [from] = tensor.inputs;
  return from.operation === 'constant' ? from.attributes.value : undefined;
}

/** From a step to one that computes the same. */
export type Pass = (step: Step) => Step;

/** The new tensor for an old one, whose inputs have been made anew already. */
export type Make = (old: Tensor, inputs: readonly Tensor[]) => Tensor;

/** The same operation on other inputs. Leaves stay what they are. */
export function remake(old: Tensor, inputs: readonly Tensor[]): Tensor {
  if (old.inputs.length === 0) return old;
  // The table's row and the tensor carry the same name, which the type of an indexed union cannot express.
  return apply(operations[old.operation] as Operation<OperationName>, inputs, old.attributes);
}

/** Rebuild a step. Its inputs and variables stay listed, even if nothing reads them any more. */
export function rebuild(step: Step, make: Make): Step {
  const made = new Map<Tensor, Tensor>();
  const find = (old: Tensor) => {
    const found = made.get(old);
    if (!found) throw new Error(`${old.operation} ${old.id} is used before it is made`);
    return found;
  };
  for (const old of stepTensors(step)) made.set(old, make(old, old.inputs.map(find)));
  return {
    ...step,
    outputs: Object.fromEntries(Object.entries(step.outputs).map(([name, tensor]) => [name, find(tensor)])),
    updates: step.updates.map(({ variable, value }) => ({ variable, value: find(value) })),
  };
}

/** How often a step uses each tensor: as an input of another, as an output, or as an update. */
export function countUses(step: Step): (tensor: Tensor) => number {
  const counts = new Map<Tensor, number>();
  const use = (tensor: Tensor) => counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  for (const tensor of stepTensors(step)) tensor.inputs.forEach(use);
  Object.values(step.outputs).forEach(use);
  for (const { value } of step.updates) use(value);
  return (tensor) => counts.get(tensor) ?? 0;
}

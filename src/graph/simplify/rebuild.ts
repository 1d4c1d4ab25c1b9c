/**
 * What every pass is made of: a step is rebuilt tensor by tensor, in order of making, so that the new ids are again a
 * topological order close to the old one. What nothing needs any more is not rebuilt the next time: dead code goes by
 * itself.
 */
import { apply, type Operation } from '../operation.ts';
import { operations } from '../operations/table.ts';
import { type Step, stepTensors } from '../step.ts';
import type { OperationName, Tensor } from '../tensor.ts';

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

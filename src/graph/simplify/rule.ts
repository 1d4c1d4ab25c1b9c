/** Local rewriting: rules that look at one tensor and what it is made of, as a table by operation. */
import type { OperationName, Tensor, TensorOf } from '../tensor.ts';
import { type Pass, rebuild, remake } from './rebuild.ts';

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

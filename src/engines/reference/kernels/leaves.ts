/** Values that come from outside the graph, and scalar constants. */
import type { Kernel } from '../kernel.ts';

export const leafKernels: { readonly [Name in 'input' | 'variable' | 'constant']: Kernel<Name> } = {
  input: ({ attributes }, _, leaves) => leaves.input(attributes.name),
  variable: ({ attributes }, _, leaves) => leaves.variable(attributes.variable),
  constant: ({ attributes }) => Float64Array.of(attributes.value),
};

/**
 * What is computed twice is computed once: tensors are made anew by a key of operation, attributes and inputs
 * (hash-consing). A variable is the same only if it is the same object.
 */
import { exactKey, type Tensor, type Variable } from '../tensor.ts';
import { type Pass, rebuild, remake } from './rebuild.ts';

const commutative: ReadonlySet<string> = new Set(['add', 'multiply', 'maximum', 'minimum']);

export const mergeCommonSubexpressions: Pass = (step) => {
  const known = new Map<string, Tensor>();
  const variables = new Map<Variable, number>();

  const number = (variable: Variable) => {
    const found = variables.get(variable) ?? variables.size;
    variables.set(variable, found);
    return found;
  };

  const attributesKey = (tensor: Tensor) => {
    if (tensor.operation === 'variable') return number(tensor.attributes.variable);
    return exactKey(tensor.attributes);
  };

  return rebuild(step, (old, inputs) => {
    const ids = inputs.map((input) => input.id);
    if (commutative.has(old.operation)) ids.sort((a, b) => a - b);
    const key = `${old.operation} ${attributesKey(old)} ${ids.join(' ')}`;
    const tensor = known.get(key) ?? remake(old, inputs);
    known.set(key, tensor);
    return tensor;
  });
};

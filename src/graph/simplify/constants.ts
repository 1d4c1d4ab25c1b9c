/** Arithmetic on tensors that are one known number throughout. */
import { sizeOf, type Tensor } from '../tensor.ts';
import { type Rules, uniform, uniformValue } from './rebuild.ts';

interface Node {
  readonly inputs: readonly Tensor[];
  readonly shape: readonly number[];
}

const folded =
  (f: (...numbers: number[]) => number) =>
  ({ inputs, shape }: Node): Tensor | undefined => {
    const numbers = inputs.map(uniformValue).filter((value) => value !== undefined);
    return numbers.length === inputs.length ? uniform(f(...numbers), shape) : undefined;
  };

const same = folded((x) => x);

export const constants: Rules = {
  add: [folded((a, b) => a + b)],
  subtract: [folded((a, b) => a - b)],
  multiply: [folded((a, b) => a * b)],
  divide: [folded((a, b) => a / b)],
  maximum: [folded(Math.max)],
  minimum: [folded(Math.min)],
  greater: [folded((a, b) => (a > b ? 1 : a <= b ? 0 : Number.NaN))],
  exp: [folded(Math.exp)],
  log: [folded(Math.log)],
  sqrt: [folded(Math.sqrt)],
  absolute: [folded(Math.abs)],
  sign: [folded(Math.sign)],
  relu: [folded((x) => Math.max(x, 0))],
  reshape: [same],
  slice: [same],
  max: [same],
  sum: [(node) => folded((x) => (x * sizeOf(node.inputs[0].shape)) / sizeOf(node.shape))(node)],
  // From a scalar it is already in its simplest form.
  broadcast: [(node) => (node.inputs[0].operation === 'constant' ? undefined : same(node))],
};

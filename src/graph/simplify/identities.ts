/** Operations that change nothing, or undo each other. */
import { multiply } from '../operations/elementwise.ts';
import { reshape } from '../operations/shapes.ts';
import { exactKey, sameShape, sizeOf, type Tensor, type Variable } from '../tensor.ts';
import { type Pass, type Rules, rebuild, remake, uniform, uniformValue } from './rebuild.ts';

interface Node {
  readonly inputs: readonly Tensor[];
  readonly shape: readonly number[];
}

/** The input itself, where the operation left its shape alone. */
const first = ({ inputs: [x], shape }: Node) => (sameShape(x.shape, shape) ? x : undefined);

/** x op neutral = x, unless the neutral operand spreads x to a larger shape. */
const neutralRight =
  (neutral: number) =>
  ({ inputs: [x, y], shape }: Node) =>
    uniformValue(y) === neutral && sameShape(x.shape, shape) ? x : undefined;

const neutralLeft =
  (neutral: number) =>
  ({ inputs: [x, y], shape }: Node) =>
    uniformValue(x) === neutral && sameShape(y.shape, shape) ? y : undefined;

/** x times a number, and the number; either way round. */
function scaled({ inputs: [a, b], shape }: Node): { x: Tensor; factor: number } | undefined {
  const right = uniformValue(b);
  if (right !== undefined && sameShape(a.shape, shape)) return { x: a, factor: right };
  const left = uniformValue(a);
  if (left !== undefined && sameShape(b.shape, shape)) return { x: b, factor: left };
  return undefined;
}

export const identities: Rules = {
  add: [neutralRight(0), neutralLeft(0)],
  subtract: [neutralRight(0)],
  multiply: [
    neutralRight(1),
    neutralLeft(1),
    // (x a) b = x (a b); double negation is a = b = -1.
    (product) => {
      const outer = scaled(product);
      if (outer?.x.operation !== 'multiply') return undefined;
      const inner = scaled(outer.x);
      return inner && multiply(inner.x, inner.factor * outer.factor);
    },
  ],
  divide: [neutralRight(1)],
  stopGradient: [first],
  broadcast: [first],
  slice: [first],
  pad: [first],
  relu: [({ inputs: [x] }) => (x.operation === 'relu' ? x : undefined)],
  reshape: [
    first,
    ({ inputs: [x], shape }) => (x.operation === 'reshape' ? reshape(x.inputs[0], shape) : undefined),
  ],
  // Over axes of size one nothing is summed.
  sum: [
    ({ inputs: [x], attributes: { axes }, shape }) =>
      axes.every((axis) => x.shape[axis] === 1) ? reshape(x, shape) : undefined,
  ],
  concatenate: [first],
  channelAffine: [
    ({ inputs: [x, scale, shift] }) =>
      uniformValue(scale) === 1 && uniformValue(shift) === 0 ? x : undefined,
  ],
};

// Arithmetic on tensors that are one known number throughout.

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

// What is computed twice is computed once: tensors are made anew by a key of operation, attributes and inputs
// (hash-consing). A variable is the same only if it is the same object.

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

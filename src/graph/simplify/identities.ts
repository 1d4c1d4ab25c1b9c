/** Operations that change nothing, or undo each other. */
import { multiply } from '../operations/elementwise.ts';
import { reshape } from '../operations/shapes.ts';
import { sameShape, type Tensor } from '../tensor.ts';
import { type Rules, uniformValue } from './rebuild.ts';

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

/**
 * Fixed statistics fold into the convolution before them. With s = gamma / sqrt(variance + epsilon), per filter k:
 *
 *   normalize(x * w, mean, variance, gamma, beta) = x * (s w) + (beta - mean s)
 *   the gradient for x:  (dy s) *^T w = dy *^T (s w)
 *
 * (as for inference, Jacob et al. 2018, arXiv 1712.05877, section 3.2.) It pays where s is made of variables alone: then
 * s w is computed once a step, and shared by both directions and all iterations of an attack.
 *
 * A convolution whose own result is needed elsewhere (batch statistics, gradients of gamma) is left alone. What follows a
 * convolution otherwise is fused with it below.
 */

import { apply } from '../operation.ts';
import { convolutionInputGradient, convolutionOperation } from '../operations/convolution.ts';
import { add, divide, multiply, sqrt, subtract } from '../operations/elementwise.ts';
import { reshape } from '../operations/shapes.ts';
import { type Step, stepTensors } from '../step.ts';
import { sameShape, type Tensor, type TensorOf } from '../tensor.ts';
import { countUses, type Pass, rebuild, remake, uniformValue } from './rebuild.ts';

/** The tensors that are the same whatever a step's inputs are. */
function fixedTensors(step: Step): ReadonlySet<Tensor> {
  const fixed = new Set<Tensor>();
  for (const tensor of stepTensors(step))
    if (tensor.operation !== 'input' && tensor.inputs.every((input) => fixed.has(input))) fixed.add(tensor);
  return fixed;
}

/** An operation on images that is x scale + shift per channel, as its scale and shift. */
function asAffine(old: Tensor, inputs: readonly Tensor[]): { scale: Tensor; shift: Tensor } | undefined {
  if (old.operation === 'channelAffine') {
    const [, scale, shift] = inputs;
    return { scale, shift };
  }
  if (old.operation !== 'normalize') return undefined;
  const [, mean, variance, gamma, beta] = inputs;
  // In the form of the gradient rule of normalize, so that the two are one common subexpression.
  const scale = multiply(gamma, divide(1, sqrt(add(variance, old.attributes.epsilon))));
  return { scale, shift: subtract(beta, multiply(mean, scale)) };
}

const isPlain = (tensor: Tensor): tensor is Tensor & TensorOf<'convolution'> => {
  if (tensor.operation !== 'convolution') return false;
  const { bias, residual, relu } = tensor.attributes;
  return !bias && !residual && !relu;
};

/** Weights [K, C, R, S] times a scale [K]. */
const scaleFilters = (w: Tensor, scale: Tensor) => multiply(w, reshape(scale, [w.shape[0], 1, 1, 1]));

export const foldNormalization: Pass = (step) => {
  const fixed = fixedTensors(step);
  const uses = countUses(step);
  /** Whether everything but the first input is fixed, and that one is needed by nothing else. */
  const folds = ({ inputs: [x, ...rest] }: Tensor) => uses(x) === 1 && rest.every((each) => fixed.has(each));

  const forward = (old: Tensor, inputs: readonly Tensor[]): Tensor | undefined => {
    const y = inputs.at(0);
    if (!y || !isPlain(y) || !folds(old)) return undefined;
    const affine = asAffine(old, inputs);
    if (!affine) return undefined;
    const [x, w] = y.inputs;
    const scaled = scaleFilters(w, affine.scale);
    if (uniformValue(affine.shift) === 0) return apply(convolutionOperation, [x, scaled], y.attributes);
    return apply(convolutionOperation, [x, scaled, affine.shift], { ...y.attributes, bias: true });
  };

  const backward = (old: Tensor, [dy, w]: readonly Tensor[]): Tensor | undefined => {
    if (old.operation !== 'convolutionInputGradient' || dy.operation !== 'channelAffine') return undefined;
    const [affine] = old.inputs;
    const [inner, scale, shift] = dy.inputs;
    if (uses(affine) !== 1 || uniformValue(shift) !== 0 || !fixed.has(affine.inputs[1])) return undefined;
    return convolutionInputGradient(inner, scaleFilters(w, scale), old.shape, old.attributes);
  };

  return rebuild(step, (old, inputs) => forward(old, inputs) ?? backward(old, inputs) ?? remake(old, inputs));
};

// What follows a convolution at once becomes part of it, in the order of its attributes: + bias, + residual, relu. The
// last of the fused operations gives the result, so none before it may be needed by anything else. (The gradient of a
// ReLU is made of its result, and so keeps nothing alive.)
type Convolution = Tensor & TensorOf<'convolution'>;

const isConvolution = (tensor: Tensor): tensor is Convolution => tensor.operation === 'convolution';

/** The convolution with one more thing done in it. */
const extended = (
  { inputs, attributes }: Convolution,
  more: Partial<TensorOf<'convolution'>['attributes']>,
  ...operands: Tensor[]
) => apply(convolutionOperation, [...inputs, ...operands], { ...attributes, ...more });

export const fuseConvolution: Pass = (step) => {
  const uses = countUses(step);

  const fuse = (old: Tensor, inputs: readonly Tensor[]): Tensor | undefined => {
    /** The new input, if it is a convolution that nothing else needs and that does not end in a ReLU. */
    const open = (at: number): Convolution | undefined => {
      const y = inputs[at];
      return isConvolution(y) && uses(old.inputs[at]) === 1 && !y.attributes.relu ? y : undefined;
    };
    if (old.operation === 'relu') {
      const y = open(0);
      return y && extended(y, { relu: true });
    }
    if (old.operation === 'channelAffine') {
      const y = open(0);
      const [, scale, shift] = inputs;
      const takesBias = y && !y.attributes.bias && !y.attributes.residual && uniformValue(scale) === 1;
      return takesBias ? extended(y, { bias: true }, shift) : undefined;
    }
    if (old.operation !== 'add' || !sameShape(inputs[0].shape, inputs[1].shape)) return undefined;
    // Of two convolutions the later takes the sum: it moves to the place of the sum, and its images live as long.
    const [left, right] = [open(0), open(1)].map((y) => (y?.attributes.residual ? undefined : y));
    if (right && !(left && left.id > right.id)) return extended(right, { residual: true }, inputs[0]);
    return left && extended(left, { residual: true }, inputs[1]);
  };

  return rebuild(step, (old, inputs) => fuse(old, inputs) ?? remake(old, inputs));
};

/**
 * What follows a convolution at once becomes part of it, in the order of its attributes: + bias, + residual, relu. The
 * last of the fused operations gives the result, so none before it may be needed by anything else. (The gradient of a
 * ReLU is made of its result, and so keeps nothing alive.)
 */
import { apply } from '../operation.ts';
import { convolutionOperation } from '../operations/convolution.ts';
import { sameShape, type Tensor, type TensorOf } from '../tensor.ts';
import { countUses, type Pass, rebuild, remake, uniformValue } from './rebuild.ts';

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

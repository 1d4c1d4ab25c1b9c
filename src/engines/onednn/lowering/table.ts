/** What each operation becomes. The compiler checks that none is missing. */
import type { OperationName, Tensor, TensorOf } from '../../../graph/index.ts';
import type { Emitter } from '../emitter.ts';
import {
  lowerConvolution,
  lowerConvolutionInputGradient,
  lowerConvolutionWeightGradient,
} from './convolution.ts';
import { lowerConstant, lowerElementwise } from './elementwise.ts';
import type { ElementwiseName } from './host-loop.ts';
import { lowerGlobalAveragePool, lowerGlobalAveragePoolGradient, lowerMatmul } from './linear.ts';
import {
  lowerChannelAffine,
  lowerNormalizationGradients,
  lowerNormalize,
  lowerStatistic,
  lowerSum,
} from './normalization.ts';
import { lowerConcatenate, lowerPad, lowerReduction, lowerReshape, lowerSlice } from './shapes.ts';

interface Lowering<Name extends OperationName> {
  /** now: in the order of the graph. late: when its result is asked for, so that it can join what asks. */
  readonly when: 'now' | 'late';
  /** Emits kernels that leave `result`, which is `node`, somewhere. */
  readonly lower: (node: TensorOf<Name>, result: Tensor, emitter: Emitter) => void;
}

const elementwise: Lowering<ElementwiseName> = {
  when: 'late',
  lower: (_, result, emitter) => lowerElementwise(result, emitter),
};

const leaf: Lowering<'input' | 'variable'> = {
  when: 'now',
  lower: ({ operation }) => {
    throw new Error(`the ${operation} was placed nowhere before lowering`);
  },
};

const lowerings: { readonly [Name in OperationName]: Lowering<Name> } = {
  input: leaf,
  variable: leaf,
  constant: { when: 'late', lower: (_, result, emitter) => lowerConstant(result, emitter) },
  add: elementwise,
  subtract: elementwise,
  multiply: elementwise,
  divide: elementwise,
  maximum: elementwise,
  minimum: elementwise,
  greater: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  absolute: elementwise,
  sign: elementwise,
  relu: elementwise,
  reluGradient: elementwise,
  stopGradient: elementwise,
  broadcast: elementwise,
  sum: { when: 'now', lower: lowerSum },
  max: { when: 'now', lower: lowerReduction },
  reshape: { when: 'late', lower: lowerReshape },
  slice: { when: 'now', lower: lowerSlice },
  pad: { when: 'now', lower: lowerPad },
  concatenate: { when: 'now', lower: lowerConcatenate },
  matmul: { when: 'now', lower: lowerMatmul },
  convolution: { when: 'now', lower: lowerConvolution },
  // Late, so that what follows it can become a part of it.
  convolutionInputGradient: { when: 'late', lower: lowerConvolutionInputGradient },
  convolutionWeightGradient: { when: 'now', lower: lowerConvolutionWeightGradient },
  globalAveragePool: { when: 'now', lower: lowerGlobalAveragePool },
  globalAveragePoolGradient: { when: 'now', lower: lowerGlobalAveragePoolGradient },
  channelMean: { when: 'late', lower: lowerStatistic },
  channelVariance: { when: 'late', lower: lowerStatistic },
  channelAffine: { when: 'now', lower: lowerChannelAffine },
  normalize: { when: 'now', lower: lowerNormalize },
  normalizeScaleGradient: { when: 'now', lower: lowerNormalizationGradients },
  batchNormInputGradient: { when: 'now', lower: lowerNormalizationGradients },
};

// The table's row and the tensor carry the same name, which the type of an indexed union cannot express.
const loweringOf = (tensor: Tensor) => lowerings[tensor.operation] as Lowering<OperationName>;

export const isLate = (tensor: Tensor) => loweringOf(tensor).when === 'late';

export function lower(tensor: Tensor, emitter: Emitter): void {
  loweringOf(tensor).lower(tensor as TensorOf<OperationName>, tensor, emitter);
}

/**
 * What each operation becomes, in standard ONNX alone: the table for export and for devices without kernels of their
 * own. The compiler checks that no operation is missing; an engine replaces the rows that it knows better.
 */
import type { Lowering, Lowerings } from './context.ts';
import { inputGradientPadded, lowerConvolution, lowerConvolutionWeightGradient } from './convolution.ts';
import { lowerConstant, lowerGreater, lowerReluGradient, lowerStopGradient, named } from './elementwise.ts';
import {
  lowerBatchNormInputGradient,
  lowerChannelAffine,
  lowerChannelMean,
  lowerChannelVariance,
  lowerNormalize,
  lowerNormalizeScaleGradient,
} from './normalization.ts';
import {
  lowerBroadcast,
  lowerConcatenate,
  lowerGlobalAveragePool,
  lowerGlobalAveragePoolGradient,
  lowerMatmul,
  lowerMax,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSum,
} from './shapes.ts';

const leaf: Lowering<'input' | 'variable'> = ({ operation }) => {
  throw new Error(`the ${operation} was given no value before lowering`);
};

export const standardLowerings: Lowerings = {
  input: leaf,
  variable: leaf,
  constant: lowerConstant,
  add: named('Add'),
  subtract: named('Sub'),
  multiply: named('Mul'),
  divide: named('Div'),
  maximum: named('Max'),
  minimum: named('Min'),
  greater: lowerGreater,
  exp: named('Exp'),
  log: named('Log'),
  sqrt: named('Sqrt'),
  absolute: named('Abs'),
  sign: named('Sign'),
  relu: named('Relu'),
  reluGradient: lowerReluGradient,
  stopGradient: lowerStopGradient,
  sum: lowerSum,
  max: lowerMax,
  broadcast: lowerBroadcast,
  reshape: lowerReshape,
  slice: lowerSlice,
  pad: lowerPad,
  concatenate: lowerConcatenate,
  matmul: lowerMatmul,
  convolution: lowerConvolution,
  convolutionInputGradient: inputGradientPadded('even'),
  convolutionWeightGradient: lowerConvolutionWeightGradient,
  globalAveragePool: lowerGlobalAveragePool,
  globalAveragePoolGradient: lowerGlobalAveragePoolGradient,
  channelMean: lowerChannelMean,
  channelVariance: lowerChannelVariance,
  channelAffine: lowerChannelAffine,
  normalize: lowerNormalize,
  normalizeScaleGradient: lowerNormalizeScaleGradient,
  batchNormInputGradient: lowerBatchNormInputGradient,
};

/**
 * What each operation becomes, in standard ONNX alone: the table for export and for devices without kernels of their
 * own. The compiler checks that no operation is missing; an engine replaces the rows that it knows better.
 */
import type { OperationName } from '../../graph/index.ts';
import type { Lowering, Lowerings } from '../graph-builder.ts';
import { inputGradientPadded, lowerConvolution, lowerConvolutionWeightGradient } from './convolution.ts';
import {
  lowerBatchNormInputGradient,
  lowerBroadcast,
  lowerChannelAffine,
  lowerChannelMean,
  lowerChannelVariance,
  lowerConcatenate,
  lowerGlobalAveragePool,
  lowerGlobalAveragePoolGradient,
  lowerMatmul,
  lowerMax,
  lowerNormalize,
  lowerNormalizeScaleGradient,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSum,
} from './normalization.ts';

// Elementwise operations: ONNX broadcasts as NumPy does, and so as the graph does.

/** An operation that ONNX has under another name. */
const named =
  (operation: string): Lowering<OperationName> =>
  (_, inputs, { graph }) =>
    graph.node(operation, inputs);

/** The values as they are: where gradients stop, nothing else happens. */
const lowerStopGradient: Lowering<'stopGradient'> = (_, [x]) => x;

const lowerConstant: Lowering<'constant'> = ({ attributes: { value } }, _, { graph }) => graph.scalar(value);

/** 1 where a > b, 0 where a <= b, else NaN. */
const lowerGreater: Lowering<'greater'> = (_, inputs, { graph }) => {
  // Where neither holds one of them is NaN, and so is their sum: no NaN has to stand in the file.
  const rest = graph.node('Where', [
    graph.node('LessOrEqual', inputs),
    graph.scalar(0),
    graph.node('Add', inputs),
  ]);
  return graph.node('Where', [graph.node('Greater', inputs), graph.scalar(1), rest]);
};

/** 0 where y <= 0, else dy. */
const lowerReluGradient: Lowering<'reluGradient'> = (_, [dy, y], { graph }) =>
  graph.node('Where', [graph.node('LessOrEqual', [y, graph.scalar(0)]), graph.scalar(0), dy]);

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

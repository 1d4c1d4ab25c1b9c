/** All operations by name. The compiler checks that none is missing; so do the tables of the engines. */
import { constantOperation, inputOperation, type Operation, variableOperation } from '../operation.ts';
import type { OperationName } from '../tensor.ts';
import {
  convolutionInputGradientOperation,
  convolutionOperation,
  convolutionWeightGradientOperation,
} from './convolution.ts';
import { elementwiseOperations } from './elementwise.ts';
import {
  batchNormInputGradientOperation,
  channelAffineOperation,
  channelMeanOperation,
  channelVarianceOperation,
  normalizeOperation,
  normalizeScaleGradientOperation,
} from './normalization.ts';
import { globalAveragePoolGradientOperation, globalAveragePoolOperation, maxOperation } from './pooling.ts';
import {
  broadcastOperation,
  concatenateOperation,
  matmulOperation,
  padOperation,
  reshapeOperation,
  sliceOperation,
  sumOperation,
} from './shapes.ts';

export const operations: { readonly [Name in OperationName]: Operation<Name> } = {
  input: inputOperation([]),
  variable: variableOperation,
  constant: constantOperation,
  ...elementwiseOperations,
  sum: sumOperation,
  max: maxOperation,
  broadcast: broadcastOperation,
  reshape: reshapeOperation,
  slice: sliceOperation,
  pad: padOperation,
  concatenate: concatenateOperation,
  matmul: matmulOperation,
  convolution: convolutionOperation,
  convolutionInputGradient: convolutionInputGradientOperation,
  convolutionWeightGradient: convolutionWeightGradientOperation,
  globalAveragePool: globalAveragePoolOperation,
  globalAveragePoolGradient: globalAveragePoolGradientOperation,
  channelMean: channelMeanOperation,
  channelVariance: channelVarianceOperation,
  channelAffine: channelAffineOperation,
  normalize: normalizeOperation,
  normalizeScaleGradient: normalizeScaleGradientOperation,
  batchNormInputGradient: batchNormInputGradientOperation,
};

/** The graph room's public surface. */
export { differentiate } from './differentiate.ts';
export { constant, input, variable } from './operation.ts';
export {
  convolution,
  convolutionInputGradient,
  convolutionWeightGradient,
} from './operations/convolution.ts';
export {
  absolute,
  add,
  clip,
  divide,
  exp,
  greater,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  type Operand,
  relu,
  reluGradient,
  sign,
  sqrt,
  stopGradient,
  subtract,
} from './operations/elementwise.ts';
export {
  channelAffine,
  channelCount,
  channelMean,
  channelSum,
  channelVariance,
  type NormalizeInputs,
  normalize,
} from './operations/normalization.ts';
export {
  averagePool,
  globalAveragePool,
  globalAveragePoolGradient,
  max,
  maxPool,
  type PoolingOptions,
} from './operations/pooling.ts';
export {
  broadcast,
  concatenate,
  matmul,
  pad,
  reshape,
  slice,
  sum,
  sumAll,
  sumTo,
} from './operations/shapes.ts';
export { simplify } from './simplify/simplify.ts';
export { makeStep, reachable, type Step, stepTensors, type Update } from './step.ts';
export {
  exactKey,
  GraphError,
  type OperationAttributes,
  type OperationName,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  type Tensor,
  type TensorOf,
  type Variable,
  type Window,
} from './tensor.ts';

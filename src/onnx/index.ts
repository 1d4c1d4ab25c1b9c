/** The ONNX room's public surface: files in, files out, a step as a model, and a classifier as a graph. */
export { decodeModel } from './decode.ts';
export { encodeModel } from './encode.ts';
export {
  type Context,
  type GivenAttributes,
  GraphBuilder,
  type Lowering,
  type Lowerings,
  type Value,
} from './graph-builder.ts';
export { inputGradientPadded } from './lowering/convolution.ts';
export { standardLowerings } from './lowering/table.ts';
export type { Attribute, ElementType, Model, Node, OnnxGraph, TensorValue, ValueInfo } from './model.ts';
export { type StoredWeight, type WeightUse, weightsOf } from './read/layers.ts';
export { readableOperations } from './read/operations.ts';
export {
  type ImageSize,
  type LeftOut,
  type ReadClassifier,
  type ReadOptions,
  readClassifier,
  type Signature,
  signatureOf,
  UnknownOperations,
} from './read/read-classifier.ts';
export { type WriteOptions, type WrittenGraph, writeGraph } from './write-graph.ts';

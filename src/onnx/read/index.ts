/** Reading foreign ONNX graphs into ours. */
export { readableOperations } from './operations.ts';
export {
  type ImageSize,
  type LeftOut,
  type ReadClassifier,
  type ReadOptions,
  readClassifier,
  type Signature,
  signatureOf,
  UnknownOperations,
} from './read-classifier.ts';
export { type StoredWeight, type WeightUse, weightsOf } from './weights.ts';

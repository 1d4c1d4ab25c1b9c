/** Reading foreign ONNX graphs into ours. */
export { readableOperations } from './operations.ts';
export {
  type ImageSize,
  type ReadClassifier,
  readClassifier,
  type Signature,
  signatureOf,
} from './read-classifier.ts';

/** What is known of ONNX's operations: the reader of each. A row here is all that a new one takes. */
import type { Tensor } from '../../graph/index.ts';
import { type Call, Unreadable } from './call.ts';
import { elementwiseReaders, type TensorReader } from './elementwise.ts';
import {
  readAveragePool,
  readBatchNormalization,
  readConv,
  readGemm,
  readGlobalAveragePool,
  readGlobalMaxPool,
  readMatMul,
  readMaxPool,
} from './layers.ts';
import { readSplit, shapeReaders } from './shapes.ts';

const same: TensorReader = (call) => call.tensor(0);

const readCast: TensorReader = (call) => {
  if (call.int('to', 1) !== 1) throw new Unreadable('it makes numbers that are not float32');
  return call.tensor(0);
};

const readers: Readonly<Record<string, TensorReader>> = {
  Identity: same,
  Dropout: same,
  Cast: readCast,
  ...elementwiseReaders,
  ...shapeReaders,
  Conv: readConv,
  Gemm: readGemm,
  MatMul: readMatMul,
  BatchNormalization: readBatchNormalization,
  GlobalAveragePool: readGlobalAveragePool,
  GlobalMaxPool: readGlobalMaxPool,
  AveragePool: readAveragePool,
  MaxPool: readMaxPool,
};

/** Names of operations that can be read, for messages and documentation. */
export const readableOperations: readonly string[] = [
  ...Object.keys(readers),
  'Constant',
  'Shape',
  'Split',
].sort();

/** The results of a node that depends on the images. @throws Unreadable */
export function readNode(call: Call): readonly Tensor[] {
  const { operation, domain } = call.node;
  if (domain === '' && operation === 'Split') return readSplit(call);
  const reader = domain === '' && Object.hasOwn(readers, operation) ? readers[operation] : undefined;
  if (reader) return [reader(call)];
  throw new Unreadable(
    domain === '' ? 'this operation is not known' : `operations of ${domain} are not known`,
  );
}

/** What is known of ONNX's operations: the reader of each. A row here is all that a new one takes. */

import {
  absolute,
  add,
  clip,
  divide,
  exp,
  log,
  max,
  maximum,
  minimum,
  multiply,
  negate,
  type Operand,
  relu,
  sqrt,
  subtract,
  sum,
  type Tensor,
} from '../../graph/index.ts';
import { axisOf, type Call, type TensorReader, Unreadable } from './call.ts';
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

// Elementwise operations of an ONNX graph, and softmax, in terms of ours.

export const one =
  (of: (x: Tensor) => Tensor): TensorReader =>
  (call) =>
    of(call.tensor(0));

export const two =
  (of: (a: Operand, b: Operand) => Tensor): TensorReader =>
  (call) =>
    of(call.tensor(0), call.tensor(1));

/** Of any number of tensors. */
const several =
  (of: (a: Operand, b: Operand) => Tensor): TensorReader =>
  (call) =>
    Array.from({ length: call.count }, (_, at) => call.tensor(at)).reduce((a, b) => of(a, b));

// Where the function is flat to float32, and exp still far from infinity.
const flat = 30;

/** 1 / (1 + exp(-x)) */
const sigmoid = (x: Tensor) => divide(1, add(1, exp(negate(clip(x, -flat, flat)))));

/** tanh x = 2 sigmoid(2 x) - 1 */
const tanh = (x: Tensor) => subtract(multiply(2, sigmoid(multiply(2, x))), 1);

const readClip: TensorReader = (call) => {
  const x = call.tensor(0);
  return clip(x, call.numberFrom(1, 'min', -3.4e38), call.numberFrom(2, 'max', 3.4e38));
};

const readLeakyRelu: TensorReader = (call) => {
  const x = call.tensor(0);
  return add(relu(x), multiply(call.float('alpha', 0.01), minimum(x, 0)));
};

const readPow: TensorReader = (call) => {
  const x = call.tensor(0);
  const exponent = call.number(1);
  if (exponent === 2) return multiply(x, x);
  if (exponent === 0.5) return sqrt(x);
  throw new Unreadable(`it takes the power ${exponent}; 2 and 0.5 are supported`);
};

/** z less its largest element over an axis, and the axis. Before version 13 all axes from the given one on count as one. */
function shifted(call: Call): readonly [z: Tensor, axis: number] {
  const z = call.tensor(0);
  const axis = axisOf(call.int('axis', call.context.version < 13 ? 1 : -1), z.shape.length);
  if (call.context.version < 13 && axis !== z.shape.length - 1)
    throw new Unreadable(`it is over all axes from ${axis} on`);
  return [subtract(z, max(z, [axis], true)), axis];
}

const readSoftmax: TensorReader = (call) => {
  const [z, axis] = shifted(call);
  const powers = exp(z);
  return divide(powers, sum(powers, [axis], true));
};

const readLogSoftmax: TensorReader = (call) => {
  const [z, axis] = shifted(call);
  return subtract(z, log(sum(exp(z), [axis], true)));
};

const elementwiseReaders = {
  Add: two(add),
  Sub: two(subtract),
  Mul: two(multiply),
  Div: two(divide),
  Sum: several(add),
  Max: several(maximum),
  Min: several(minimum),
  Relu: one(relu),
  LeakyRelu: readLeakyRelu,
  Sigmoid: one(sigmoid),
  Tanh: one(tanh),
  Softplus: one((x) => add(relu(x), log(add(1, exp(negate(absolute(x))))))),
  Exp: one(exp),
  Log: one(log),
  Sqrt: one(sqrt),
  Abs: one(absolute),
  Neg: one(negate),
  Reciprocal: one((x) => divide(1, x)),
  Clip: readClip,
  Pow: readPow,
  Softmax: readSoftmax,
  LogSoftmax: readLogSoftmax,
} as const satisfies Record<string, TensorReader>;

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

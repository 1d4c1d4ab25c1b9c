/** A small model for each operation that is read, and for what exporters make of it. */
import type { Node, TensorValue } from '../../index.ts';
import { floats, type Given, ints, node } from './models.ts';

/** From images, or from a result `x` of them, to logits. */
export const flatten = (from = 'x') => node('Flatten', [from], 'logits');
const toVector = [node('GlobalAveragePool', ['images'], 'p'), node('Flatten', ['p'], 'x')];

export type Case = readonly [
  name: string,
  nodes: readonly Node[],
  initializers?: readonly TensorValue[],
  version?: number,
];

const unary = (operation: string, given: Given = {}): Case => [
  operation,
  [node('Sub', ['images', 'half'], 's'), node(operation, ['s'], 'x', given), flatten()],
  [{ name: 'half', type: 'float32', shape: [], values: Float32Array.of(0.45) }],
];
const positive = (operation: string): Case => [
  operation,
  [node('Add', ['images', 'half'], 's'), node(operation, ['s'], 'x'), flatten()],
  [{ name: 'half', type: 'float32', shape: [], values: Float32Array.of(0.45) }],
];
const channels = [1, 4, 1, 1];

export const cases: readonly Case[] = [
  [
    'Conv with bias and stride',
    [node('Conv', ['images', 'w', 'b'], 'x', { strides: [2, 2], pads: [1, 1, 1, 1] }), flatten()],
    [floats('w', [3, 4, 3, 3]), floats('b', [3])],
  ],
  [
    'Conv with uneven padding',
    [node('Conv', ['images', 'w'], 'x', { pads: [0, 1, 2, 0] }), flatten()],
    [floats('w', [2, 4, 3, 3])],
  ],
  [
    'Conv in groups',
    [node('Conv', ['images', 'w'], 'x', { group: 2 }), flatten()],
    [floats('w', [6, 2, 1, 3])],
  ],
  [
    'Conv of padding by name',
    [node('Conv', ['images', 'w'], 'x', { auto_pad: 'SAME_UPPER', strides: [2, 2] }), flatten()],
    [floats('w', [2, 4, 3, 3])],
  ],
  [
    'Gemm',
    [
      ...toVector,
      node('Gemm', ['x', 'w', 'b'], 'logits', { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }),
    ],
    [floats('w', [3, 4]), floats('b', [3])],
  ],
  [
    'MatMul by a transposed weight',
    [...toVector, node('Transpose', ['w'], 't', { perm: [1, 0] }), node('MatMul', ['x', 't'], 'logits')],
    [floats('w', [3, 4])],
  ],
  [
    'BatchNormalization of images',
    [
      node('BatchNormalization', ['images', 'g', 'be', 'mea', 'vari'], 'x', { epsilon: { float: 0.01 } }),
      flatten(),
    ],
    [floats('g', [4]), floats('be', [4]), floats('mea', [4]), floats('vari', [4], 0.5, 2)],
  ],
  [
    'BatchNormalization of vectors',
    [...toVector, node('BatchNormalization', ['x', 'g', 'be', 'mea', 'vari'], 'logits')],
    [floats('g', [4]), floats('be', [4]), floats('mea', [4]), floats('vari', [4], 0.5, 2)],
  ],
  [
    'Add, Sub, Mul, Div with weights that broadcast',
    [
      node('Add', ['images', 'a'], 'k'),
      node('Sub', ['k', 'bb'], 'l'),
      node('Mul', ['l', 'ccc'], 'm'),
      node('Div', ['m', 'dddd'], 'x'),
      flatten(),
    ],
    [floats('a', channels), floats('bb', [6]), floats('ccc', [1, 1, 4, 1]), floats('dddd', [1], 1, 2)],
  ],
  [
    'Sum, Max, Min of several',
    [
      node('Sum', ['images', 'images', 'a'], 'k'),
      node('Max', ['k', 'bb', 'images'], 'l'),
      node('Min', ['l', 'ccc'], 'x'),
      flatten(),
    ],
    [floats('a', channels), floats('bb', channels), floats('ccc', channels, 0, 1)],
  ],
  ...['Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Abs', 'Neg', 'Identity', 'Dropout'].map((name) =>
    unary(name),
  ),
  ...['Sqrt', 'Log', 'Reciprocal'].map(positive),
  unary('LeakyRelu', { alpha: { float: 0.2 } }),
  unary('Cast', { to: 1 }),
  [
    'Clip by inputs',
    [node('Clip', ['images', 'low', 'high'], 'x'), flatten()],
    [
      { ...floats('low', []), values: Float32Array.of(0.3) },
      { ...floats('high', []), values: Float32Array.of(0.6) },
    ],
  ],
  [
    'Clip by attributes, as it was before 11',
    [node('Clip', ['images'], 'x', { min: { float: 0.3 }, max: { float: 0.6 } }), flatten()],
    [],
    9,
  ],
  [
    'Pow',
    [node('Pow', ['images', 'two'], 'x'), flatten()],
    [{ ...floats('two', []), values: Float32Array.of(2) }],
  ],
  [
    'Softmax in the middle',
    [...toVector, node('Softmax', ['x'], 's', { axis: 1 }), node('Mul', ['s', 'x'], 'logits')],
  ],
  [
    'LogSoftmax in the middle',
    [...toVector, node('LogSoftmax', ['x'], 's', { axis: -1 }), node('Mul', ['s', 'x'], 'logits')],
  ],
  ['ReduceMean over pixels', [node('ReduceMean', ['images'], 'logits', { axes: [2, 3], keepdims: 0 })]],
  [
    'ReduceMean over pixels, from 18 on',
    [node('ReduceMean', ['images', 'axes'], 'x'), flatten()],
    [ints('axes', [-2, -1])],
    18,
  ],
  ['ReduceMean over one axis', [node('ReduceMean', ['images'], 'x', { axes: [2] }), flatten()]],
  [
    'ReduceSum and ReduceMax',
    [
      node('ReduceSum', ['images', 'axes'], 'k', { keepdims: 0 }),
      node('ReduceMax', ['k'], 'logits', { axes: [1], keepdims: 0 }),
    ],
    [ints('axes', [3])],
  ],
  [
    'GlobalAveragePool and Squeeze',
    [node('GlobalAveragePool', ['images'], 'k'), node('Squeeze', ['k', 'axes'], 'logits')],
    [ints('axes', [2, 3])],
  ],
  ['GlobalMaxPool', [node('GlobalMaxPool', ['images'], 'x'), flatten()]],
  [
    'MaxPool that leaves a rest',
    [node('MaxPool', ['images'], 'x', { kernel_shape: [3, 2], strides: [3, 2] }), flatten()],
  ],
  [
    'AveragePool',
    [node('AveragePool', ['images'], 'x', { kernel_shape: [2, 3], strides: [2, 3] }), flatten()],
  ],
  [
    'MaxPool of windows that overlap, with padding',
    [
      node('Sub', ['images', 'one'], 's'),
      node('MaxPool', ['s'], 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
      flatten(),
    ],
    [{ ...floats('one', []), values: Float32Array.of(1) }],
  ],
  [
    'MaxPool with gaps',
    [node('MaxPool', ['images'], 'x', { kernel_shape: [1, 2], strides: [2, 3] }), flatten()],
  ],
  [
    'MaxPool whose last windows stick out',
    [node('MaxPool', ['images'], 'x', { kernel_shape: [3, 4], strides: [3, 4], ceil_mode: 1 }), flatten()],
  ],
  [
    'AveragePool of windows that overlap',
    [node('AveragePool', ['images'], 'x', { kernel_shape: [2, 3], strides: [1, 2] }), flatten()],
  ],
  [
    'AveragePool with padding that does not count',
    [
      node('AveragePool', ['images'], 'x', { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 0, 1] }),
      flatten(),
    ],
  ],
  ['AveragePool over all', [node('AveragePool', ['images'], 'x', { kernel_shape: [4, 6] }), flatten()]],
  ['Reshape with 0 and -1', [node('Reshape', ['images', 'to'], 'logits')], [ints('to', [0, -1])]],
  [
    'Reshape to a shape that is computed, as x.view(x.size(0), -1) is written',
    [
      node('Shape', ['images'], 'shape'),
      node('Gather', ['shape', 'first'], 'size', { axis: 0 }),
      node('Unsqueeze', ['size', 'at'], 'vector'),
      node('Concat', ['vector', 'rest'], 'to', { axis: 0 }),
      node('Reshape', ['images', 'to'], 'logits'),
    ],
    [ints('first', [0], []), ints('at', [0]), ints('rest', [-1])],
  ],
  [
    'Reshape by parts of a shape that are multiplied',
    [
      node('Shape', ['images'], 'shape'),
      node('Slice', ['shape', 'one', 'end'], 'pixels'),
      node('Slice', ['shape', 'zero', 'one'], 'size'),
      node('Gather', ['pixels', 'zero'], 'c'),
      node('Mul', ['c', 'area'], 'all'),
      node('Cast', ['all'], 'whole', { to: 7 }),
      node('Concat', ['size', 'whole'], 'to', { axis: 0 }),
      node('Reshape', ['images', 'to'], 'logits'),
    ],
    [ints('one', [1]), ints('end', [4]), ints('zero', [0]), ints('area', [24])],
  ],
  [
    'Flatten of the last axes alone',
    [node('ReduceSum', ['images', 'axes'], 'x', { keepdims: 0 }), flatten()],
    [ints('axes', [1])],
  ],
  [
    'Transpose that moves no element',
    [
      node('GlobalAveragePool', ['images'], 'k'),
      node('Transpose', ['k'], 'x', { perm: [0, 2, 3, 1] }),
      flatten(),
    ],
  ],
  ['Unsqueeze', [...toVector, node('Unsqueeze', ['x', 'axes'], 'y'), flatten('y')], [ints('axes', [1])]],
  ['Concat along channels', [node('Concat', ['images', 'images'], 'x', { axis: 1 }), flatten()]],
  [
    'Slice',
    [node('Slice', ['images', 'from', 'to', 'axes'], 'x'), flatten()],
    [ints('from', [1, -3]), ints('to', [3, 2 ** 40]), ints('axes', [1, 3])],
  ],
  [
    'Gather of one index',
    [node('Gather', ['images', 'at'], 'x', { axis: 2 }), flatten()],
    [ints('at', [-1], [])],
  ],
  ['Pad', [node('Pad', ['images', 'pads'], 'x'), flatten()], [ints('pads', [0, 1, 0, 2, 0, 0, -1, 1])]],
  [
    'Expand',
    [node('GlobalAveragePool', ['images'], 'k'), node('Expand', ['k', 'to'], 'x'), flatten()],
    [ints('to', [1, 4, 2, 2])],
  ],
  ['Split', [node('Split', ['images'], ['a', 'b'], { axis: 1 }), node('Sub', ['a', 'b'], 'x'), flatten()]],
  [
    'Constant',
    [
      {
        ...node('Constant', [], 'c'),
        attributes: { value: { kind: 'tensor', value: floats('c', channels) } },
      },
      node('Mul', ['images', 'c'], 'x'),
      flatten(),
    ],
  ],
];

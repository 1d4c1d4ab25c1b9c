import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { decodeModel, encodeModel, type Model, type TensorValue } from './index.ts';
import { modelType } from './model.ts';

const weights: TensorValue = {
  name: 'w',
  type: 'float32',
  shape: [2, 3],
  values: Float32Array.of(1, -2, 0.5, 0, 3, 1e-30),
};

const model: Model = {
  irVersion: 8,
  producer: { name: 'dualbn', version: '1' },
  description: 'a linear classifier',
  operatorSets: { '': 18, 'com.microsoft': 1 },
  metadata: { network: 'linear', cell: 'adv/clean' },
  graph: {
    name: 'classifier',
    nodes: [
      {
        operation: 'Gemm',
        domain: '',
        name: 'head',
        inputs: ['x', 'w', ''],
        outputs: ['y'],
        attributes: {
          transB: { kind: 'int', value: 1 },
          alpha: { kind: 'float', value: 0.5 },
          mode: { kind: 'string', value: 'DCR' },
          pads: { kind: 'ints', value: [0, -1, 2 ** 40] },
          scales: { kind: 'floats', value: [0.25, -1] },
          names: { kind: 'strings', value: ['a', 'ß'] },
          value: { kind: 'tensor', value: { ...weights, name: '' } },
        },
      },
    ],
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 3] }],
    outputs: [{ name: 'y', type: 'float32', shape: undefined }],
    initializers: [
      weights,
      { name: 'axes', type: 'int64', shape: [2], values: Float64Array.of(-1, 2 ** 40) },
    ],
  },
};

/** The bytes of a model with one initializer, given as the file holds it. */
const withTensor = (tensor: object) =>
  modelType
    .encode({ irVersion: 8, opsetImport: [{ version: 18 }], graph: { name: 'g', initializer: [tensor] } })
    .finish();

const read = (tensor: object) => decodeModel(withTensor(tensor), 'model.onnx').graph.initializers[0];

describe('an ONNX file', () => {
  test('is read as it was written', () => expect(decodeModel(encodeModel(model), 'm.onnx')).toEqual(model));

  test('is refused wherever it is cut off', () => {
    const bytes = encodeModel(model);
    // Where only the last of several metadata entries is missing, what is left is a whole model.
    const graphEnd = bytes.length - 60;
    for (let length = 0; length < graphEnd; length += 1)
      expect(() => decodeModel(bytes.subarray(0, length), 'm.onnx'), `${length} bytes`).toThrow(InputError);
  });

  test.each([
    ['text', new TextEncoder().encode('this is not a model, but it is long enough to look at')],
    ['a PNG', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ['nothing', new Uint8Array()],
    ['zeros', new Uint8Array(100)],
  ])('that is %s is refused by its name', (_, bytes) => {
    expect(() => decodeModel(bytes, 'runs/m.onnx')).toThrow(
      /^runs\/m\.onnx is not an ONNX model, or is cut off/,
    );
  });

  test('may hold values as typed fields or as raw bytes, of any number type', () => {
    expect([...read({ name: 't', dataType: 1, dims: [2], floatData: [1.5, -2] }).values]).toEqual([1.5, -2]);
    expect([...read({ name: 't', dataType: 11, dims: [1], doubleData: [0.1] }).values]).toEqual([0.1]);
    expect([...read({ name: 't', dataType: 7, dims: [1], int64Data: [-3] }).values]).toEqual([-3]);
    expect([...read({ name: 't', dataType: 6, dims: [1], int32Data: [7] }).values]).toEqual([7]);
    const halves = Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c);
    const half = read({ name: 't', dataType: 10, dims: [4], rawData: halves });
    expect([...half.values]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
  });

  test.each([
    [
      { name: 'w', dataType: 1, dims: [3], rawData: new Uint8Array(8) },
      /w \[3\] needs 3 values of float32, and has 2/,
    ],
    [
      { name: 'w', dataType: 1, dims: [2, 2], floatData: [1] },
      /w \[2,2\] needs 4 values of float32, and has 1/,
    ],
    [{ name: 'w', dataType: 16, dims: [1], rawData: new Uint8Array(2) }, /w has the element type 16/],
    [{ name: 'w', dataType: 1, dims: [-1], rawData: new Uint8Array(4) }, /w has the shape \[-1\]/],
    [
      { name: 'w', dataType: 1, dims: [1], dataLocation: 1 },
      /w lies in another file; save the model as one file/,
    ],
  ])('with a tensor that cannot be used is refused, naming it: %o', (tensor, message) => {
    expect(() => read(tensor)).toThrow(message);
    expect(() => read(tensor)).toThrow(InputError);
  });
});

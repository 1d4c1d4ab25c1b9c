/** What is read is evaluated through what ONNX Runtime, or PyTorch, makes of the same file. */
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../engines/index.ts';
import { differentiate, input, makeStep, multiply, sumAll } from '../../graph/index.ts';
import { uniforms } from '../../random/index.ts';
import { readSafetensors } from '../../runs/index.ts';
import {
  decodeModel,
  encodeModel,
  type ImageSize,
  type Model,
  type Node,
  readableOperations,
  readClassifier,
  type TensorValue,
} from '../index.ts';
import { cases, flatten } from './testing/cases.ts';
import { floats, images, modelOf, node } from './testing/models.ts';

const batchOf = (count: number) => {
  const values = new Float32Array(count * images.channels * images.height * images.width);
  uniforms({ seed: 9, purpose: 'noise' }, values, 0, 1);
  return values;
};

interface Ours {
  readonly classes: number;
  readonly z: Float32Array;
  readonly gradient: Float32Array;
}

async function ours(model: Model, values: Float32Array, size = images): Promise<Ours> {
  const { channels, height, width } = size;
  const count = values.length / (channels * height * width);
  const { logits, variables, classes } = readClassifier(model, 'file.onnx', size);
  const x = input('images', [count, channels, height, width]);
  const z = logits(x);
  const [gradient = x] = differentiate(sumAll(multiply(z, z)), [x]);
  const engine = createReferenceEngine();
  for (const [variable, value] of variables) engine.write(variable, value);
  const program = await engine.compile(makeStep('logits', { outputs: { z, gradient } }));
  const results = await program.run({ images: values });
  return { classes, z: results.z, gradient: results.gradient };
}

async function theirs(model: Model, values: Float32Array): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
  const shape = [-1, images.channels, images.height, images.width];
  shape[0] = values.length / (-shape[0] * shape[1] * shape[2] * shape[3]);
  const { logits } = await session.run({ images: new OnnxTensor('float32', values, shape) });
  return logits.data as Float32Array;
}

function expectClose(found: Float32Array, expected: Float32Array) {
  expect(found.length).toBe(expected.length);
  for (const [at, value] of expected.entries()) expect(Math.abs(found[at] - value)).toBeLessThan(1e-4);
}

describe('an operation that is read', () => {
  const named = cases.map(([name, nodes, weights = [], version = 13]) => ({ name, nodes, weights, version }));

  test.each(named)('gives what ONNX Runtime gives: $name', async ({ nodes, weights, version }) => {
    const model = modelOf(nodes, weights, { version });
    const values = batchOf(3);
    const { z, gradient } = await ours(model, values);
    expectClose(z, await theirs(model, values));
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  test('is in one of the cases above, whichever it is', () => {
    const tested = new Set(cases.flatMap(([, nodes]) => nodes.map(({ operation }) => operation)));
    expect(readableOperations.filter((name) => !tested.has(name))).toEqual([]);
  });
});

describe('what PyTorch wrote', () => {
  const size: ImageSize = { channels: 3, height: 8, width: 8 };
  const path = (name: string) => new URL(`./testing/${name}`, import.meta.url);

  test.each(['resnet8', 'lenet'])('%s gives the same logits', async (name) => {
    const model = decodeModel(readFileSync(path(`${name}.onnx`)), name);
    const { tensors } = await readSafetensors(path(`${name}.safetensors`).pathname);
    const given = tensors.get('images')?.values ?? new Float32Array();
    const expected = tensors.get('logits')?.values ?? new Float32Array();
    const { z, classes } = await ours(model, given, size);
    expect(classes).toBe(5);
    const { leftOut } = readClassifier(model, name, size);
    if (name === 'resnet8') return expectClose(z, expected);
    // Its softmax is left out: attacks work on logits.
    expect(leftOut).toBe('Softmax');
    const softmax = [...z.keys()].map((at) => {
      const row = z.subarray(5 * Math.floor(at / 5), 5 * Math.floor(at / 5) + 5);
      return Math.exp(z[at]) / row.reduce((sum, value) => sum + Math.exp(value), 0);
    });
    expectClose(Float32Array.from(softmax), expected);
    // It was written for two images; here it takes any number.
    expect((await ours(model, given.subarray(0, given.length / 2), size)).z).toEqual(z.subarray(0, 5));
  });
});

describe('what cannot be read', () => {
  const refuse =
    (nodes: readonly Node[], initializers: readonly TensorValue[] = []) =>
    () =>
      readClassifier(modelOf(nodes, initializers), 'file.onnx', images);

  test('is listed, all of it, with the operation and the tensor', () => {
    const nodes = [
      node('Erf', ['images'], 'a'),
      node('Relu', ['a'], 'b'),
      { ...node('FusedGelu', ['images'], 'c'), domain: 'com.microsoft' },
      node('Conv', ['images', 'w'], 'd', { dilations: [2, 2] }),
      node('Sum', ['b', 'c', 'd'], 'x'),
      flatten(),
    ];
    expect(refuse(nodes, [floats('w', [4, 4, 1, 1])])).toThrow(
      [
        'file.onnx has operations that cannot be read:',
        '  Erf (a): this operation is not known',
        '  FusedGelu (c): operations of com.microsoft are not known',
        '  Conv (d): it is dilated, by [2, 2]',
      ].join('\n'),
    );
  });

  test.each<readonly [string, readonly Node[], readonly TensorValue[], RegExp]>([
    [
      'means that count their padding',
      [
        node('AveragePool', ['images'], 'x', {
          ...{ kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
        }),
        flatten(),
      ],
      [],
      /AveragePool \(x\): its means count the padding/,
    ],
    [
      'a transpose that moves elements',
      [node('Transpose', ['images'], 'x', { perm: [0, 2, 3, 1] }), flatten()],
      [],
      /Transpose \(x\): it moves elements/,
    ],
    [
      'normalization in training mode',
      [node('BatchNormalization', ['images', 'g', 'g', 'g', 'g'], 'x', { training_mode: 1 }), flatten()],
      [floats('g', [4])],
      /BatchNormalization \(x\): it is in training mode/,
    ],
    [
      'weights of another number of channels',
      [node('Conv', ['images', 'w'], 'x'), flatten()],
      [floats('w', [2, 3, 1, 1])],
      /Conv \(x\): .*the images have 4 channels, the weights expect 3/,
    ],
    [
      'a shape that depends on pixels',
      [node('Reshape', ['images', 'images'], 'logits')],
      [],
      /Reshape \(logits\): its input 1, images, depends on the images/,
    ],
    [
      'an output that is no row of logits',
      [node('Relu', ['images'], 'logits')],
      [],
      /is no classifier: of images \[7, 4, 4, 6\] its output logits is/,
    ],
    [
      'an output that depends on nothing',
      [node('Identity', ['w'], 'logits')],
      [floats('w', [7, 2])],
      /does not depend on the images/,
    ],
  ])('%s', (_, nodes, initializers, message) => {
    expect(refuse(nodes, initializers)).toThrow(message);
  });

  test('images of another size, and inputs besides images', () => {
    const model = modelOf([flatten('images')]);
    expect(() => readClassifier(model, 'file.onnx', { ...images, height: 5 })).toThrow(
      /takes float32 \[N, 4, 4, 6\] as images; the data set has images \[N, 4, 5, 6\]/,
    );
    const two = {
      ...model,
      graph: {
        ...model.graph,
        inputs: [...model.graph.inputs, { name: 'more', type: 'float32' as const, shape: [] }],
      },
    };
    expect(() => readClassifier(two, 'file.onnx', images)).toThrow(
      /expected one input.*found the inputs images, more/,
    );
  });
});

/** Models are evaluated through what ONNX Runtime makes of them; that every operation is right is the engines' tests' business. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { crossEntropy, testNetwork } from '../engines/testing/network.ts';
import {
  add,
  broadcast,
  differentiate,
  input,
  makeStep,
  multiply,
  reshape,
  type Step,
  sign,
  simplify,
  sizeOf,
  type Variable,
  variable,
} from '../graph/index.ts';
import { uniforms } from '../random/index.ts';
import { decodeModel, encodeModel, type WriteOptions, writeGraph } from './index.ts';

const random = (shape: readonly number[], draw: number) => {
  const values = new Float32Array(sizeOf(shape));
  uniforms({ seed: 3, purpose: 'noise', draw }, values, 0.1, 1);
  return values;
};

type Feed = Readonly<Record<string, readonly [Float32Array, readonly number[]]>>;

async function run(step: Step, options: WriteOptions, feed: Feed): Promise<Map<string, Tensor>> {
  const bytes = encodeModel(writeGraph(step, options).model);
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const given = Object.entries(feed).map(([name, [data, shape]]) => [
    name,
    new Tensor('float32', data, shape),
  ]);
  const results = await session.run(Object.fromEntries(given));
  await session.release();
  return new Map(Object.entries(results));
}

const scale: Variable = { name: 'scale', shape: [2] };

test('inputs, variables, outputs and updates keep their names; one that is taken gets a number', () => {
  const x = input('x', [2]);
  const step = makeStep('s', {
    outputs: { x, scale: multiply(x, variable(scale)) },
    updates: [{ variable: scale, value: add(variable(scale), x) }],
  });
  const { inputs, variables, outputs, updates, model } = writeGraph(step);
  expect(inputs).toEqual(new Map([['x', 'x']]));
  expect(variables).toEqual(new Map([[scale, 'scale']]));
  expect(outputs).toEqual(
    new Map([
      ['x', 'x.2'],
      ['scale', 'scale.2'],
    ]),
  );
  expect(updates).toEqual(new Map([[scale, 'scale.next']]));
  expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x', 'scale']);
  expect(model.graph.outputs.map(({ name }) => name)).toEqual(['x.2', 'scale.2', 'scale.next']);
});

test('variables are constants of the model where their values are given', async () => {
  const step = makeStep('s', { outputs: { y: multiply(input('x', [2]), variable(scale)) } });
  const constants = new Map([[scale, Float32Array.of(3, 4)]]);
  const results = await run(step, { constants }, { x: [Float32Array.of(1, 10), [2]] });
  expect([...(results.get('y')?.data ?? [])]).toEqual([3, 40]);
});

test('what is told about a model stands in it', () => {
  const step = makeStep('s', { outputs: { y: sign(input('x', [2])) } });
  const { model } = writeGraph(step, { description: 'signs', metadata: { run: 'runs/a' } });
  const { description, metadata, producer } = decodeModel(encodeModel(model), 'm');
  expect([description, metadata.run, producer.name]).toEqual(['signs', 'runs/a', 'dualbn']);
});

test('a classifier and its attack take batches of any size, and give each image what it gets alone', async () => {
  const size = 17;
  const network = testNetwork(8);
  const images = input('images', [size, 3, 8, 8]);
  const labels = input('labels', [size, 5]);
  const logits = network.logits(images, 'running');
  const [gradient] = differentiate(crossEntropy(logits, labels), [images]);
  const step = simplify(makeStep('attack', { outputs: { logits, moved: add(images, sign(gradient)) } }));
  const small = (values: Float32Array) => values.map((value) => value - 0.55);
  const constants = new Map(
    step.variables.map((each, at) => {
      const values = random(each.shape, at);
      return [each, each.name.endsWith('weight') ? small(values) : values];
    }),
  );
  const options = { constants, batch: { size, name: 'N' } };
  expect(writeGraph(step, options).model.graph.outputs.map(({ shape }) => shape?.[0])).toEqual(['N', 'N']);

  const values = random([3, 3, 8, 8], 100);
  const targets = Float32Array.from({ length: 15 }, (_, at) => (at % 5 === 2 ? 1 : 0));
  const part = (from: number, to: number) =>
    run(step, options, {
      images: [values.subarray(192 * from, 192 * to), [to - from, 3, 8, 8]],
      labels: [targets.subarray(5 * from, 5 * to), [to - from, 5]],
    });
  const whole = await part(0, 3);
  const alone = [await part(0, 1), await part(1, 2), await part(2, 3)];
  for (const name of ['logits', 'moved']) {
    const expected = alone.flatMap((each) => [...((each.get(name)?.data as Float32Array | undefined) ?? [])]);
    const actual = whole.get(name)?.data as Float32Array;
    expect(actual.length).toBe(expected.length);
    expected.forEach((value, at) => void expect(actual[at]).toBeCloseTo(value, 4));
  }
});

test('a number spread over a free batch takes its size from an input', async () => {
  const x = input('x', [17, 2]);
  const step = makeStep('s', { outputs: { x, y: broadcast(variable(scale), [17, 2]) } });
  const constants = new Map([[scale, Float32Array.of(3, 4)]]);
  const options = { constants, batch: { size: 17, name: 'N' } };
  const { outputs } = writeGraph(step, options);
  const results = await run(step, options, { x: [new Float32Array(6), [3, 2]] });
  expect([...(results.get(outputs.get('y') ?? '')?.data ?? [])]).toEqual([3, 4, 3, 4, 3, 4]);
});

test('an axis of images times groups follows a free batch', async () => {
  const step = makeStep('s', { outputs: { y: reshape(input('x', [17, 4]), [1, 34, 2]) } });
  const options = { batch: { size: 17, name: 'N' } };
  const { outputs } = writeGraph(step, options);
  const results = await run(step, options, { x: [Float32Array.from({ length: 12 }, (_, at) => at), [3, 4]] });
  expect(results.get(outputs.get('y') ?? '')?.dims).toEqual([1, 6, 2]);
});

test('a reshape that leaves a free batch in two axes is refused', () => {
  const step = makeStep('s', { outputs: { y: reshape(input('x', [289]), [17, 17]) } });
  expect(() => writeGraph(step, { batch: { size: 17, name: 'N' } })).toThrow(
    'a reshape from [289] to [17,17] cannot be written for a batch of any size',
  );
});

/**
 * Outcomes on the fast engines, to the last bit: of a network wide enough for Winograd, in batches of any size, in any order, and in
 * parts. On the reference engine every test of an attack shows as much; here the kernels are those of real evaluations.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../engines/index.ts';
import { initialValue, makeNetwork } from '../nn/index.ts';
import { integers, uniforms } from '../random/index.ts';
import { attack } from './attack.ts';
import { type Examples, type Model, predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';

const images = { channels: 3, height: 16, width: 16 };
const size = 3 * 16 * 16;
const classes = 5;
const count = 40;
const cell = { statistics: 'adv', affine: 'adv' };
const sets = { statistics: ['clean', 'adv'], affine: ['clean', 'adv'] };

function modelOn(engine: Engine): Model {
  const network = makeNetwork('resnet8', { images, classes, width: 64, sets });
  for (const variable of network.variables) {
    const values = initialValue(variable, 1);
    const moved = new Float32Array(values.length);
    const reach = variable.role === 'head' ? 0.5 : variable.role === 'weight' ? 0 : 0.5;
    uniforms({ seed: 6, purpose: 'noise', draw: variable.name.length }, moved, -reach, reach);
    engine.write(
      variable,
      values.map((value, i) => value + moved[i]),
    );
  }
  return { engine, network, cell };
}

const pixels = new Float32Array(count * size);
uniforms({ seed: 3, purpose: 'noise' }, pixels, 0, 1);
const drawn = integers({ seed: 4, purpose: 'noise' }, count, classes);

function chosen(order: readonly number[], labels: ArrayLike<number>): Required<Examples> {
  return {
    images: Float32Array.from(order.flatMap((at) => [...pixels.subarray(at * size, (at + 1) * size)])),
    labels: order.map((at) => labels[at]),
    indices: order.map((at) => 100 + 3 * at),
  };
}

const inOrder = Array.from({ length: count }, (_, at) => at);

describe.each(['auto', 'direct'] as const)('with convolution %s', (convolution) => {
  let model: Model;
  let labels: number[];

  beforeAll(async () => {
    model = modelOn(await createEngine({ name: 'onednn', threads: 2, convolution }));
    const predict = predictor(model, count);
    const logits = await predict(pixels);
    await predict.dispose();
    // Most of them as the network says, so that attacks have work to do.
    labels = Array.from(drawn, (label, at) => (at % 8 === 0 ? label : predictedClass(logits, classes, at)));
  });
  afterAll(() => model.engine.dispose());

  const outcomes = async (name: string, order: readonly number[], batchSize: number) => {
    const run = attack(
      model,
      { ...namedAttack(name, 0.02), ...(name.startsWith('apgd') ? { steps: 4 } : {}) },
      { seed: 3, batchSize, earlyStop: true },
    );
    const { adversarial, firstMisclassified } = await run(chosen(order, labels));
    await run.dispose();
    return new Map(
      order.map((example, at) => [
        example,
        { image: adversarial.slice(at * size, (at + 1) * size), step: firstMisclassified[at] },
      ]),
    );
  };

  test.each(['pgd-4', 'apgd-dlr-l2', 'square-10'])('%s knows no batch, order or part', async (name) => {
    const whole = await outcomes(name, inOrder, 100);
    expect(new Set([...whole.values()].map(({ step }) => step)).size).toBeGreaterThan(1);
    for (const other of [
      await outcomes(name, inOrder, 7),
      await outcomes(name, inOrder.toReversed(), 32),
      await outcomes(name, [39, 3, 17, 8, 24], 2),
      await outcomes(name, [11], 100),
    ])
      for (const [example, outcome] of other)
        expect(outcome, `example ${example}`).toEqual(whole.get(example));
  });

  test('logits of an image are the same among any others', async () => {
    const logitsOf = async (order: readonly number[], batchSize: number) => {
      const predict = predictor(model, batchSize);
      const logits = await predict(chosen(order, labels).images);
      await predict.dispose();
      return order.map((_, at) => logits.slice(at * classes, (at + 1) * classes));
    };
    const whole = await logitsOf(inOrder, 40);
    for (const order of [inOrder.toReversed(), [5, 30], [39]])
      for (const batchSize of [1, 6])
        expect(await logitsOf(order, batchSize)).toEqual(order.map((at) => whole[at]));
  });
});

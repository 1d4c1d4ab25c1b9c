import { describe, expect, test } from 'vitest';
import { drawStarts, oneHot } from '../attacks/index.ts';
import { createReferenceEngine } from '../engines/reference/engine.ts';
import { initialValue, makeNetwork, type NetworkVariable } from '../nn/index.ts';
import { uniforms } from '../random/index.ts';
import { type RegimeName, regimeNames, regimes } from './regimes.ts';
import { parametersOf } from './sgd.ts';
import { trainingStep } from './step.ts';

const batchSize = 4;
const images = { channels: 3, height: 8, width: 8 };
const size = 3 * 8 * 8;

/** One step of a regime from the start of a tiny network, on the reference engine. */
async function trainOnce(name: RegimeName, learningRate = 0.1) {
  const regime = regimes[name];
  const network = makeNetwork('resnet8', { images, classes: 5, width: 4, sets: regime.sets });
  const parameters = parametersOf(network.variables);
  const attack = { norm: 'linf', epsilon: 8 / 255, steps: 2, stepSize: 4 / 255, loss: 'ce' } as const;
  const optimizer = {
    momentum: 0.9,
    nesterov: false,
    weightDecay: { weight: 5e-4, affine: 5e-4, adapter: 5e-4, head: 5e-4 },
  };
  const step = trainingStep({ network, parameters, regime, batchSize, alpha: 0.5, attack, optimizer });
  const engine = createReferenceEngine();
  const program = await engine.compile(step);
  for (const variable of network.variables) engine.write(variable, initialValue(variable, 0));
  const pixels = new Float32Array(batchSize * size);
  uniforms({ seed: 1, purpose: 'noise' }, pixels, 0, 1);
  const keys = [0, 1, 2, 3].map((example) => ({ seed: 0, example }));
  const start = drawStarts({ ...attack, start: { kind: 'gaussian', deviation: 0.001 } }, keys, size);
  const inputs: Record<string, Float32Array> = {
    images: pixels,
    labels: oneHot([0, 1, 2, 3], 5),
    learningRate: Float32Array.of(learningRate),
    start,
  };
  const run = () =>
    program.run(
      Object.fromEntries(
        step.inputs.map(({ attributes }) => [attributes.name, inputs[attributes.name] ?? new Float32Array()]),
      ),
    );
  const moved = (variable: NetworkVariable) => {
    const before = initialValue(variable, 0);
    return engine.read(variable).some((value, at) => value !== before[at]);
  };
  return { outputs: await run(), run, network, moved, engine };
}

/** Which branches of a role moved. */
const branchesThatMoved = (
  network: { variables: readonly NetworkVariable[] },
  role: string,
  moved: (v: NetworkVariable) => boolean,
) => [...new Set(network.variables.filter((v) => v.role === role && moved(v)).map((v) => v.branch))].sort();

describe('a training step', () => {
  test.each(regimeNames)('%s moves just the NS and AP of its row', async (name) => {
    const { network, moved } = await trainOnce(name);
    const { sets } = regimes[name];
    expect(branchesThatMoved(network, 'statistic', moved)).toEqual([...sets.statistics].sort());
    expect(branchesThatMoved(network, 'affine', moved)).toEqual([...sets.affine].sort());
    expect(network.variables.filter((v) => v.role === 'weight').every(moved)).toBe(true);
  });

  test.each(regimeNames)('%s lowers its loss on the same batch', async (name) => {
    const { outputs, run } = await trainOnce(name, 0.05);
    let last = outputs;
    for (let step = 0; step < 4; step += 1) last = await run();
    expect(last.loss?.[0]).toBeLessThan(outputs.loss?.[0] ?? 0);
  });

  test.each(regimeNames)('%s has the loss of its row', async (name) => {
    const { outputs } = await trainOnce(name);
    const alpha = 0.5;
    const weights = { alpha, '1-alpha': 1 - alpha };
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
    const terms = regimes[name].terms.map(
      ({ weight, pass }) =>
        (typeof weight === 'number' ? weight : weights[weight]) * mean(outputs[`loss.${pass}`]),
    );
    expect(outputs.loss[0]).toBeCloseTo(
      terms.reduce((a, b) => a + b),
      6,
    );
  });

  test('under cross-at-clean, clean images matter through their statistics alone', async () => {
    const [own, cross] = [await trainOnce('cross-at-adv'), await trainOnce('cross-at-clean')];
    expect(cross.outputs.loss[0]).not.toBeCloseTo(own.outputs.loss[0], 4);
    const madry = await trainOnce('madry');
    expect(own.outputs.loss[0]).toBeCloseTo(madry.outputs.loss[0], 6);
  });

  test('with a learning rate of zero only running NS move', async () => {
    const { network, moved } = await trainOnce('dual-bn', 0);
    expect(network.variables.filter((v) => v.role !== 'statistic').some(moved)).toBe(false);
    expect(network.variables.filter((v) => v.role === 'statistic').every(moved)).toBe(true);
  });
});

/** A network of one normalization, and batch normalization written out by hand: what the tests of both axes share. */
import { expect } from 'vitest';
import { createReferenceEngine } from '../../engines/index.ts';
import { input, makeStep } from '../../graph/index.ts';
import { uniforms } from '../../random/index.ts';
import { defineNetwork } from '../network.ts';
import { batchNormalizationLayer } from '../normalization.ts';
import { type NormalizationOptions, plainNormalization } from '../normalization-options.ts';
import type { Pass, PassChoice, StatisticsUpdate } from '../pass.ts';

export const both = ['clean', 'adv'] as const;
const shape = { clean: [4, 2, 3, 5], adv: [2, 2, 3, 5] } as const;

const draw = (count: number, drawn: number, low: number, high: number) => {
  const values = new Float32Array(count);
  uniforms({ seed: 1, purpose: 'noise', draw: drawn }, values, low, high);
  return values;
};
export const images = { clean: draw(120, 0, -1, 2), adv: draw(60, 1, 0, 5) };

/** A network of one normalization of two channels, on the reference engine, with AP and NS apart and all distinct. */
export function layer(
  statistics: readonly string[] = both,
  affine: readonly string[] = both,
  options: Partial<NormalizationOptions> = {},
) {
  const network = defineNetwork(
    { name: 'one', classes: 2, images: { channels: 2, height: 3, width: 5 }, sets: { statistics, affine } },
    (declare) =>
      batchNormalizationLayer(
        declare,
        'bn',
        2,
        { statistics, affine },
        { ...plainNormalization, ...options },
      ),
  );
  const engine = createReferenceEngine();
  network.variables.forEach((each, at) => {
    engine.write(each, [1 + at / 10, 2 + at / 7]);
  });
  const value = (name: string) => {
    const found = network.variables.find((each) => each.name === name);
    if (!found) throw new Error(`no ${name}`);
    return [...engine.readExact(found)];
  };
  const passesOf = (choices: readonly PassChoice[]): Pass[] =>
    choices.map((choice) => {
      const source = choice.name === 'clean' ? 'clean' : 'adv';
      return { ...choice, images: input(choice.name, shape[source]) };
    });
  const run = async (choices: readonly PassChoice[], moves: readonly StatisticsUpdate[] = []) => {
    const { logits, updates } = network.forward(passesOf(choices), moves);
    const program = await engine.compile(makeStep('pass', { outputs: logits, updates }));
    return program.run(
      Object.fromEntries(
        program.step.inputs.map(({ attributes: { name } }) => [
          name,
          images[name === 'clean' ? 'clean' : 'adv'],
        ]),
      ),
    );
  };
  return { network, engine, value, run, passesOf };
}

/** Mean and variance (biased) of each channel of [N, 2, 3, 5], of one batch or several concatenated. */
export function statisticsOf(...batches: Float32Array[]) {
  const channels: number[][] = [[], []];
  for (const batch of batches)
    for (const [at, value] of batch.entries()) channels[Math.floor(at / 15) % 2].push(value);
  const mean = channels.map((values) => values.reduce((a, b) => a + b, 0) / values.length);
  const variance = channels.map(
    (values, c) => values.reduce((total, value) => total + (value - mean[c]) ** 2, 0) / values.length,
  );
  return { mean, variance, count: channels[0].length };
}

interface Expected {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly gamma: readonly number[];
  readonly beta: readonly number[];
}

/** y = gamma (x - mean) / sqrt(variance + 1e-5) + beta, written out. */
export function normalized(batch: Float32Array, { mean, variance, gamma, beta }: Expected): number[] {
  return [...batch].map((x, at) => {
    const c = Math.floor(at / 15) % 2;
    return (gamma[c] * (x - mean[c])) / Math.sqrt(variance[c] + 1e-5) + beta[c];
  });
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...Array.from(actual, (value, at) => Math.abs(value - expected[at])));
  expect(largest).toBeLessThan(1e-6);
}

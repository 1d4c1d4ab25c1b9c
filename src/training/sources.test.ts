import { describe, expect, test } from 'vitest';
import { drawStarts, type PgdOptions } from '../attacks/index.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { input, makeStep } from '../graph/index.ts';
import { initialValue, makeNetwork } from '../nn/index.ts';
import type { Regime } from './regime.ts';
import { regimes } from './regimes.ts';
import { sourceImages, sourceInputs } from './sources.ts';

const attack: PgdOptions = {
  name: 'pgd',
  norm: 'linf',
  epsilon: 0.1,
  steps: 2,
  stepSize: 0.06,
  start: { kind: 'uniform' },
  loss: 'ce',
  restarts: 1,
};
const cell = { statistics: 'shared', affine: 'shared' };
const sources: Regime['sources'] = {
  clean: { kind: 'clean' },
  adv: { kind: 'attack', cell },
  far: { kind: 'attack', cell, epsilon: { times: 2 } },
  fixed: { kind: 'attack', cell, epsilon: 0.01 },
  noise: { kind: 'noise' },
  wide: { kind: 'noise', epsilon: 0.4 },
};
const keys = [3, 8].map((example) => ({ seed: 1, example, epoch: 2 }));
const size = 3 * 4 * 4;
const largest = (values: Float32Array) => Math.max(...values.map(Math.abs));

describe('what is drawn for sources', () => {
  const drawn = sourceInputs({ sources }, attack, keys, size);

  test('an input for each but the clean images', () => {
    expect(Object.keys(drawn)).toEqual([
      'start.adv',
      'start.far',
      'start.fixed',
      'start.noise',
      'start.wide',
    ]);
  });

  test('each within its own bound, and all of it', () => {
    const bounds = {
      'start.adv': 0.1,
      'start.far': 0.2,
      'start.fixed': 0.01,
      'start.noise': 0.1,
      'start.wide': 0.4,
    };
    for (const [name, bound] of Object.entries(bounds)) {
      expect(largest(drawn[name])).toBeLessThanOrEqual(bound + 1e-7);
      expect(largest(drawn[name])).toBeGreaterThan(0.9 * bound);
    }
  });

  test('the first attack draws what it would alone', () => {
    expect(drawn['start.adv']).toEqual(drawStarts(attack, keys, size));
    expect(sourceInputs(regimes.madry, attack, keys, size)['start.adv']).toEqual(drawn['start.adv']);
  });

  test('no two sources draw the same, but for their size', () => {
    const shapes = Object.values(drawn).map((values) =>
      [...values].map((value) => Math.round((1e4 * value) / largest(values))).join(),
    );
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  test('an example draws the same in any batch, and something else in another epoch', () => {
    const alone = sourceInputs({ sources }, attack, keys.slice(1), size);
    for (const [name, values] of Object.entries(alone)) expect(values).toEqual(drawn[name].subarray(size));
    const later = sourceInputs(
      { sources },
      attack,
      keys.map((key) => ({ ...key, epoch: 3 })),
      size,
    );
    for (const [name, values] of Object.entries(later)) expect(values).not.toEqual(drawn[name]);
  });
});

test('the images of every source stay in [0, 1], and in their ball', async () => {
  const network = makeNetwork('resnet8', {
    images: { channels: 3, height: 4, width: 4 },
    classes: 2,
    width: 2,
  });
  const images = input('images', [2, 3, 4, 4]);
  const labels = input('labels', [2, 2]);
  const made = sourceImages({ sources }, { network, attack, images, labels });
  const engine = createReferenceEngine();
  for (const variable of network.variables) engine.write(variable, initialValue(variable, 0));
  const program = await engine.compile(makeStep('sources', { outputs: Object.fromEntries(made) }));
  const pixels = Float32Array.from({ length: 2 * size }, (_, at) => (at % 11) / 10);
  const given = {
    images: pixels,
    labels: Float32Array.of(1, 0, 0, 1),
    ...sourceInputs({ sources }, attack, keys, size),
  };
  const outputs = await program.run(given);
  expect(outputs.clean).toEqual(pixels);
  const bounds = { adv: 0.1, far: 0.2, fixed: 0.01, noise: 0.1, wide: 0.4 };
  for (const [name, bound] of Object.entries(bounds)) {
    const values = outputs[name];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    const distance = largest(values.map((value, at) => value - pixels[at]));
    expect(distance).toBeLessThanOrEqual(bound + 1e-6);
    // Steps keep their share of the bound: two of 0.6 epsilon reach it.
    expect(distance).toBeGreaterThan(0.9 * bound);
  }
});

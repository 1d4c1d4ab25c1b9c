import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { input, type Tensor } from '../graph/index.ts';
import { classify, initialValue, makeNetwork } from './index.ts';
import { defineNetwork } from './network.ts';
import { batchNormalizationLayer } from './normalization.ts';
import { plainNormalization } from './normalization-options.ts';
import { both, expectClose, images, normalized, statisticsOf } from './testing/one-layer.ts';

const shape = { channels: 2, height: 3, width: 5 };

/** One batch normalization with a shared affine before those of the branches. */
const sets = { statistics: ['shared'], affine: both };
const network = defineNetwork({ name: 'one', classes: 2, images: shape, sets }, (declare) =>
  batchNormalizationLayer(declare, 'bn', 2, sets, { ...plainNormalization, sandwich: true }),
);
const throughBranch = (branch: string): Tensor => {
  const x = input('x', [2, 2, 3, 5]);
  const pass = { name: 'x', images: x, statistics: { batch: ['x'] }, affine: branch };
  return network.forward([pass]).logits.x;
};

describe('a sandwich', () => {
  test('is named beside the branches and starts as nothing', () => {
    const affine = network.variables.filter(({ role }) => role === 'affine');
    expect(affine.map(({ name, branch }) => `${name} ${branch}`)).toEqual([
      'bn.shared.weight shared',
      'bn.shared.bias shared',
      'bn.clean.weight clean',
      'bn.clean.bias clean',
      'bn.adv.weight adv',
      'bn.adv.bias adv',
    ]);
    for (const each of affine)
      expect([...initialValue(each, 0)]).toEqual(each.name.endsWith('weight') ? [1, 1] : [0, 0]);
  });

  test('is gamma_b (gamma_0 xhat + beta_0) + beta_b', () => {
    const values: Record<string, number[]> = {
      'bn.shared.weight': [2, 3],
      'bn.shared.bias': [0.5, -1],
      'bn.clean.weight': [5, 7],
      'bn.clean.bias': [11, 13],
      'bn.adv.weight': [-1, 0.5],
      'bn.adv.bias': [4, 8],
    };
    const engine = createReferenceEngine();
    for (const each of network.variables) engine.write(each, values[each.name] ?? [9, 9]);
    const own = statisticsOf(images.adv);
    const inner = normalized(images.adv, { ...own, gamma: [2, 3], beta: [0.5, -1] });
    for (const branch of both) {
      const [gamma, beta] = [values[`bn.${branch}.weight`], values[`bn.${branch}.bias`]];
      const expected = inner.map((y, at) => {
        const c = Math.floor(at / 15) % 2;
        return gamma[c] * y + beta[c];
      });
      expectClose(engine.evaluate([throughBranch(branch)], { x: images.adv })[0], expected);
    }
  });
});

test('a branch cannot be called as the affine that all share', () => {
  const make = () =>
    makeNetwork('resnet8', {
      images: { channels: 1, height: 8, width: 8 },
      classes: 2,
      sets: { statistics: ['shared'], affine: ['shared', 'adv'] },
      normalization: { sandwich: true },
    });
  expect(make).toThrow('network.normalization.sandwich: the affine that comes first is called shared');
});

test('without affine parameters a network is one whose gamma are 1 and beta 0, and has no such variables', () => {
  const options = { images: { channels: 2, height: 8, width: 8 }, classes: 3, width: 4 };
  const engine = createReferenceEngine();
  const [plain, without] = [{}, { normalization: { affine: false } }].map((more) => {
    const made = makeNetwork('resnet8', { ...options, ...more });
    for (const each of made.variables) engine.write(each, initialValue(each, 0));
    const cell = { statistics: 'shared', affine: 'shared' };
    const logits = classify(made, input('x', [2, 2, 8, 8]), cell);
    const x = Float32Array.from({ length: 256 }, (_, at) => Math.cos(at));
    return { made, logits: engine.evaluate([logits], { x })[0] };
  });
  expect(without.made.variables.filter(({ role }) => role === 'affine')).toEqual([]);
  expect(without.logits).toEqual(plain.logits);
});

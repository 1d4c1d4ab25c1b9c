import { expect, test } from 'vitest';
import { makeNetwork } from '../../nn/index.ts';
import { variablesOf } from '../branches.ts';
import { evaluationCells, tinyDataset, tinySubject } from '../testing/subject.ts';
import { affineDistances } from './affine.ts';
import { affineAnalysis } from './index.ts';

test('branches of known values are as far apart as they are', async () => {
  const { engine, network, values } = await tinySubject();
  const fill = (
    axis: 'affine' | 'statistics',
    branch: string,
    value: (what: string, at: number) => number,
  ) => {
    for (const variable of variablesOf(network, axis, branch)) {
      const what = variable.name.split('.').at(-1) ?? '';
      engine.write(
        variable,
        Array.from({ length: variable.shape[0] }, (_, at) => value(what, at)),
      );
    }
  };
  // Two channels and more: gamma 1, 2, ... against 3, 4, ...; beta all zeros against 0.5.
  fill('affine', 'clean', (what, at) => (what === 'weight' ? 1 + at : 0));
  fill('affine', 'adv', (what, at) => (what === 'weight' ? 3 + at : 0.5));
  // Deviations 2 against 3, by their variances; equal means.
  fill('statistics', 'clean', (what) => (what === 'running_var' ? 4 : 1));
  fill('statistics', 'adv', (what) => (what === 'running_var' ? 9 : 1));
  const before = values();
  const found = affineDistances({ engine, network });
  expect(values()).toEqual(before);

  const of = Object.fromEntries(found.distances.map((each) => [each.quantity, each]));
  expect(of.gamma.branches).toEqual(['clean', 'adv']);
  expect(of.gamma.average.distance).toBe(2);
  expect(of.gamma.layers[0]).toMatchObject({ layer: 'bn1', distance: 2, wasserstein: 2 });
  // (1, 2) and (3, 4)
  expect(of.gamma.layers[0].cosine).toBeCloseTo(11 / Math.sqrt(5 * 25), 12);
  expect(of.beta.average).toEqual({ distance: 0.5, wasserstein: 0.5, cosine: 0 });
  expect(of.mu.average.distance).toBe(0);
  expect(of.sigma.average).toMatchObject({ distance: 1, wasserstein: 1 });
  expect(of.sigma.average.cosine).toBeCloseTo(1, 12);
  const { channels } = await affineAnalysis.run(
    {
      engine,
      network,
      evaluationCells,
      test: tinyDataset('test', 3),
      training: async () => ({ dataset: tinyDataset('train', 3), train: new Uint32Array() }),
    },
    {},
  );
  expect(channels[0]).toEqual({
    layer: 'bn1',
    gamma: { clean: [1, 2], adv: [3, 4] },
    beta: { clean: [0, 0], adv: [0.5, 0.5] },
    mu: { clean: [1, 1], adv: [1, 1] },
    sigma: { clean: [2, 2], adv: [3, 3] },
  });
});

test('of three branches every pair is compared; of one, none, but its values are there', async () => {
  const { engine } = await tinySubject();
  const network = (statistics: readonly string[], affine: readonly string[]) =>
    makeNetwork('resnet8', {
      images: { channels: 1, height: 4, width: 4 },
      classes: 3,
      width: 2,
      sets: { statistics, affine },
    });
  const three = affineDistances({ engine, network: network(['shared'], ['a', 'b', 'c']) });
  expect(three.distances.map(({ quantity, branches }) => `${quantity} ${branches.join('-')}`)).toEqual([
    ...['gamma a-b', 'gamma a-c', 'gamma b-c', 'beta a-b', 'beta a-c', 'beta b-c'],
  ]);
  const one = affineDistances({ engine, network: network(['shared'], ['shared']) });
  expect(one.distances).toEqual([]);
  expect([...one.channels[0].gamma.shared]).toEqual([0, 0]);
});

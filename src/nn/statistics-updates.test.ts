import { describe, expect, test } from 'vitest';
import { input } from '../graph/index.ts';
import { makeNetwork } from './networks/table.ts';
import { both, expectClose, images, layer, normalized, statisticsOf } from './testing/one-layer.ts';

describe('updates of running NS', () => {
  const own = both.map((name) => ({ name, statistics: { batch: [name] }, affine: name }));
  const blend = (old: readonly number[], now: readonly number[], momentum = 0.1) =>
    old.map((value, c) => (1 - momentum) * value + momentum * now[c]);
  const unbiased = ({ variance, count }: { variance: number[]; count: number }) =>
    variance.map((value) => (value * count) / (count - 1));

  test('momentum 0.1 towards the mean and the unbiased variance', async () => {
    const { run, value } = layer();
    const before = { mean: value('bn.adv.running_mean'), variance: value('bn.adv.running_var') };
    await run(own, [{ branch: 'adv', from: ['adv'] }]);
    const now = statisticsOf(images.adv);
    expectClose(value('bn.adv.running_mean'), blend(before.mean, now.mean));
    expectClose(value('bn.adv.running_var'), blend(before.variance, unbiased(now)));
  });

  test.each([0.01, 0.5, 1])(
    'momentum %s, as the options say; with 1 they are those of the last batch',
    async (momentum) => {
      const { run, value } = layer(both, both, { momentum });
      const before = { mean: value('bn.adv.running_mean'), variance: value('bn.adv.running_var') };
      await run(own, [{ branch: 'adv', from: ['adv'] }]);
      const now = statisticsOf(images.adv);
      expectClose(value('bn.adv.running_mean'), blend(before.mean, now.mean, momentum));
      expectClose(value('bn.adv.running_var'), blend(before.variance, unbiased(now), momentum));
    },
  );

  test.each([0, -0.1, 1.5, Number.NaN])('refuses momentum %s', (momentum) => {
    const options = { images: { channels: 1, height: 8, width: 8 }, classes: 2, normalization: { momentum } };
    expect(() => makeNetwork('resnet8', options)).toThrow(
      `network.normalization.momentum: expected a number above 0, at most 1, found ${momentum}`,
    );
  });

  test('only listed branches move; without a list nothing does', async () => {
    const { run, value, network } = layer();
    const all = () => Object.fromEntries(network.variables.map(({ name }) => [name, value(name)]));
    const start = all();
    await run(own);
    expect(all()).toEqual(start);
    await run(own, [{ branch: 'clean', from: ['clean'] }]);
    const changed = Object.keys(start).filter((name) => value(name).join() !== start[name].join());
    expect(changed.sort()).toEqual(['bn.clean.running_mean', 'bn.clean.running_var']);
  });

  test('towards a mixture: the unbiased variance of both batches together', async () => {
    const { run, value } = layer(['shared'], ['shared']);
    const before = { mean: value('bn.running_mean'), variance: value('bn.running_var') };
    const mixture = { batch: ['adv', 'clean'] };
    await run(
      both.map((name) => ({ name, statistics: mixture, affine: 'shared' })),
      [{ branch: 'shared', from: ['adv', 'clean'] }],
    );
    const now = statisticsOf(images.adv, images.clean);
    expectClose(value('bn.running_mean'), blend(before.mean, now.mean));
    expectClose(value('bn.running_var'), blend(before.variance, unbiased(now)));
  });

  test('two updates of one branch follow each other, in their order', async () => {
    const moved = async (order: readonly ('clean' | 'adv')[]) => {
      const { run, value } = layer(['shared'], both);
      const before = value('bn.running_mean');
      await run(
        own,
        order.map((name) => ({ branch: 'shared', from: [name] })),
      );
      const expected = order.reduce((mean, name) => blend(mean, statisticsOf(images[name]).mean), before);
      expectClose(value('bn.running_mean'), expected);
      return value('bn.running_mean');
    };
    expect(await moved(['clean', 'adv'])).not.toEqual(await moved(['adv', 'clean']));
  });

  test('a pass may move a branch that it is not normalized by', async () => {
    const { run, value } = layer();
    const before = value('bn.adv.running_mean');
    await run(
      [{ name: 'clean', statistics: { running: 'clean' }, affine: 'clean' }],
      [{ branch: 'adv', from: ['clean'] }],
    );
    expectClose(value('bn.adv.running_mean'), blend(before, statisticsOf(images.clean).mean));
  });

  test('read before moved: a pass through running NS sees those of the start', async () => {
    const { run, value } = layer();
    const ap = { gamma: value('bn.clean.weight'), beta: value('bn.clean.bias') };
    const ns = { mean: value('bn.clean.running_mean'), variance: value('bn.clean.running_var') };
    const { clean } = await run(
      [{ name: 'clean', statistics: { running: 'clean' }, affine: 'clean' }],
      [{ branch: 'clean', from: ['clean'] }],
    );
    expectClose(clean, normalized(images.clean, { ...ns, ...ap }));
    expect(value('bn.clean.running_mean')).not.toEqual(ns.mean);
  });

  test('refuses a batch of one value a channel, which has no variance', () => {
    const sets = { statistics: ['shared'], affine: ['shared'] };
    const network = makeNetwork('resnet10', {
      images: { channels: 1, height: 8, width: 8 },
      classes: 2,
      sets,
    });
    const pass = { name: 'only', statistics: { batch: ['only'] }, affine: 'shared' };
    const forward = () =>
      network.forward(
        [{ ...pass, images: input('images', [1, 1, 8, 8]) }],
        [{ branch: 'shared', from: ['only'] }],
      );
    expect(forward).toThrow('cannot be updated by a batch of one value a channel');
  });
});

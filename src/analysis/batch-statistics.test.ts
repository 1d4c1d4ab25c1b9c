import { describe, expect, test } from 'vitest';
import { tinyExamples } from '../attacks/testing/tiny.ts';
import { createReferenceEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { input, makeStep } from '../graph/index.ts';
import { initialValue, makeNetwork } from '../nn/index.ts';
import { expectClose, images, layer, statisticsOf } from '../nn/testing/one-layer.ts';
import { batchStatistics, mergeStatistics, mixtureStatistics } from './batch-statistics.ts';
import { tinySubject } from './testing/subject.ts';

describe('of one layer', () => {
  test('are those of the batch, whatever the AP', async () => {
    const { network, engine } = layer();
    const { mean, variance, count } = statisticsOf(images.clean);
    for (const affine of ['clean', 'adv']) {
      const [found, ...more] = await batchStatistics({ engine, network, ap: { affine } }, 4)(images.clean);
      expect(more).toEqual([]);
      expect({ layer: found.layer, count: found.count }).toEqual({ layer: 'bn', count });
      expectClose(found.mean, mean);
      expectClose(found.variance, variance);
    }
  });

  test('merged are those of one batch of all, of batches of different sizes too', async () => {
    const { network, engine } = layer(['shared'], ['shared']);
    const of = (batch: Float32Array) =>
      batchStatistics({ engine, network, ap: { affine: 'shared' } }, batch.length / 30)(batch);
    const [merged] = mergeStatistics([await of(images.clean), await of(images.adv)]);
    const { mean, variance, count } = statisticsOf(images.clean, images.adv);
    expect(merged.count).toBe(count);
    expectClose(merged.mean, mean);
    expectClose(merged.variance, variance);
  });
});

describe('of a mixture', () => {
  test('are those of all parts in one batch, at all layers, where AP are the same', async () => {
    const { engine, network } = await tinySubject();
    const { images: batch } = tinyExamples(6);
    const halves = [batch.subarray(0, 48), batch.subarray(48)];
    const together = await batchStatistics({ engine, network, ap: { affine: 'adv' } }, 6)(batch);
    const parts = [{ affine: 'adv' }, { affine: 'adv' }];
    const found = await mixtureStatistics({ engine, network, parts }, 3)(halves);
    found.forEach(({ layer: name, mean, variance, count }, at) => {
      expect([name, count]).toEqual([together[at].layer, together[at].count]);
      expectClose(mean, together[at].mean);
      expectClose(variance, together[at].variance);
    });
  });

  test('go through the AP of their part: at the first layer these do not matter, behind it they do', async () => {
    const { engine, network } = await tinySubject();
    const { images: batch } = tinyExamples(6);
    const halves = [batch.subarray(0, 48), batch.subarray(48)];
    const through = (...affine: string[]) =>
      mixtureStatistics({ engine, network, parts: affine.map((each) => ({ affine: each })) }, 3)(halves);
    const [first, ...rest] = await through('clean', 'adv');
    const [sameFirst, ...others] = await through('adv', 'adv');
    expect(first).toEqual(sameFirst);
    expect(rest).not.toEqual(others);
  });
});

test('of all layers are those that running NS move towards in training, and nothing moves', async () => {
  const { engine, network, values } = await tinySubject();
  const { images: batch } = tinyExamples(5);
  const before = values();
  const found = await batchStatistics({ engine, network, ap: { affine: 'adv' } }, 5)(batch);
  expect(values()).toEqual(before);

  // The same by training itself: running NS start at mean 0 and variance 0 and move once, by a tenth.
  const pass = { name: 'x', images: input('x', [5, 1, 4, 4]), statistics: { batch: ['x'] }, affine: 'adv' };
  const { updates } = network.forward([pass], [{ branch: 'clean', from: ['x'] }]);
  const running = network.variables.filter(({ role, branch }) => role === 'statistic' && branch === 'clean');
  for (const variable of running) engine.write(variable, new Float32Array(initialValue(variable, 0).length));
  await (await engine.compile(makeStep('train', { outputs: {}, updates }))).run({ x: batch });
  expect(found).toHaveLength(running.length / 2);
  for (const { layer: name, mean, variance, count } of found) {
    const moved = (what: string) => {
      const variable = running.find((each) => each.name === `${name}.clean.${what}`);
      if (!variable) throw new Error(`no ${name} ${what}`);
      return engine.readExact(variable).map((value) => 10 * value);
    };
    expectClose(mean, moved('running_mean'));
    expectClose(
      variance,
      moved('running_var').map((value) => (value * (count - 1)) / count),
    );
  }
});

test('a network without NS is refused', () => {
  const engine = createReferenceEngine();
  const without = makeNetwork('resnet8', {
    images: { channels: 1, height: 4, width: 4 },
    classes: 3,
    width: 2,
    normalization: { kind: 'instance', affine: true, sandwich: false },
  });
  expect(() => batchStatistics({ engine, network: without, ap: { affine: 'shared' } }, 2)).toThrow(
    InputError,
  );
});

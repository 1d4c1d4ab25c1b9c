import { describe, expect, test } from 'vitest';
import { differentiate, sumAll, type Tensor, variable } from '../graph/index.ts';
import type { PassChoice, StatisticsUpdate } from './pass.ts';
import { both, expectClose, images, layer, normalized, statisticsOf } from './testing/one-layer.ts';

describe('whose statistics and which affine parameters', () => {
  test('its own batch', async () => {
    const { run, value } = layer();
    const { clean } = await run([{ name: 'clean', statistics: { batch: ['clean'] }, affine: 'adv' }]);
    const ap = { gamma: value('bn.adv.weight'), beta: value('bn.adv.bias') };
    expectClose(clean, normalized(images.clean, { ...statisticsOf(images.clean), ...ap }));
  });

  test.each(both.flatMap((s) => both.map((a) => [s, a] as const)))(
    'running NS of %s with AP of %s: the axes are independent',
    async (statistics, affine) => {
      const { run, value } = layer();
      const { clean } = await run([{ name: 'clean', statistics: { running: statistics }, affine }]);
      const ns = {
        mean: value(`bn.${statistics}.running_mean`),
        variance: value(`bn.${statistics}.running_var`),
      };
      const ap = { gamma: value(`bn.${affine}.weight`), beta: value(`bn.${affine}.bias`) };
      expectClose(clean, normalized(images.clean, { ...ns, ...ap }));
    },
  );

  test("another pass's batch: adv normalized by what clean is like", async () => {
    const { run, value } = layer();
    const { adv } = await run([
      { name: 'clean', statistics: { batch: ['clean'] }, affine: 'clean' },
      { name: 'adv', statistics: { batch: ['clean'] }, affine: 'adv' },
    ]);
    const ap = { gamma: value('bn.adv.weight'), beta: value('bn.adv.bias') };
    expectClose(adv, normalized(images.adv, { ...statisticsOf(images.clean), ...ap }));
  });

  test.each([
    ['adv', 'clean'],
    ['clean', 'adv'],
  ])('merged statistics of %s and %s are those of the concatenated batch', async (first, second) => {
    const { run, value } = layer();
    const mixture = { batch: [first, second] };
    const outputs = await run([
      { name: 'clean', statistics: mixture, affine: 'clean' },
      { name: 'adv', statistics: mixture, affine: 'adv' },
    ]);
    const statistics = statisticsOf(images.clean, images.adv);
    for (const name of both) {
      const ap = { gamma: value(`bn.${name}.weight`), beta: value(`bn.${name}.bias`) };
      expectClose(outputs[name], normalized(images[name], { ...statistics, ...ap }));
    }
  });

  test('gradients flow through the statistics of another pass', () => {
    const { network, engine, passesOf } = layer();
    const gradientOfClean = (statistics: PassChoice['statistics']) => {
      const passes = passesOf([
        { name: 'clean', statistics: { batch: ['clean'] }, affine: 'clean' },
        { name: 'adv', statistics, affine: 'adv' },
      ]);
      const { logits } = network.forward(passes);
      const [gradient] = differentiate(sumAll(logits.adv), [passes[0].images]);
      return engine.evaluate([gradient], images)[0].some((value) => Math.abs(value) > 1e-6);
    };
    expect(gradientOfClean({ batch: ['clean'] })).toBe(true);
    expect(gradientOfClean({ batch: ['adv', 'clean'] })).toBe(true);
    expect(gradientOfClean({ batch: ['adv'] })).toBe(false);
    expect(gradientOfClean({ running: 'clean' })).toBe(false);
  });
});

describe('mistakes of whoever writes a regime', () => {
  const wrong: [string, PassChoice, StatisticsUpdate[], RegExp][] = [
    [
      'AP that are not there',
      { name: 'clean', statistics: { batch: ['clean'] }, affine: 'noise' },
      [],
      /no affine parameters of branch noise; there are: clean, adv/,
    ],
    [
      'NS that are not there',
      { name: 'clean', statistics: { running: 'noise' }, affine: 'adv' },
      [],
      /no running statistics of branch noise; there are: clean, adv/,
    ],
    [
      "a pass's batch that is not there",
      { name: 'clean', statistics: { batch: ['noise'] }, affine: 'adv' },
      [],
      /no pass is called noise/,
    ],
    [
      'a move of NS that are not there',
      { name: 'clean', statistics: { batch: ['clean'] }, affine: 'adv' },
      [{ branch: 'noise', from: ['clean'] }],
      /no running statistics of branch noise/,
    ],
  ];

  test.each(wrong)('%s', (_, choice, moves, message) => {
    const { network, passesOf } = layer();
    expect(() => network.forward(passesOf([choice]), moves)).toThrow(message);
  });
});

test('batch statistics are computed once for all who ask', () => {
  const { network, passesOf } = layer();
  const mixture = { batch: ['adv', 'clean'] };
  const { logits, updates } = network.forward(
    passesOf(both.map((name) => ({ name, statistics: mixture, affine: name }))),
    [{ branch: 'adv', from: ['adv', 'clean'] }],
  );
  const seen = new Set<Tensor>([...Object.values(logits), ...updates.map(({ value }) => value)]);
  for (const tensor of seen) for (const each of tensor.inputs) seen.add(each);
  expect([...seen].filter(({ operation }) => operation === 'channelMean')).toHaveLength(2);
  expect([...seen].filter((each) => each === variable(network.variables[0]))).toHaveLength(1);
});

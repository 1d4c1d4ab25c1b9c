import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { add, convolution, input, multiply, type Tensor } from '../graph/index.ts';
import { besideFilters } from './adapters.ts';
import { classify, gridOf, initialValue, makeNetwork, type NetworkOptions } from './index.ts';
import { expectClose } from './testing/one-layer.ts';

const engine = createReferenceEngine();
const wave = (count: number, pace: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(pace * at));
const images = { channels: 2, height: 8, width: 8 };
const both = ['clean', 'adv'];
const one = { statistics: ['shared'], affine: ['shared'] };
const make = (options: Partial<NetworkOptions> = {}) =>
  makeNetwork('resnet8', { images, classes: 3, width: 4, ...options });
const withAdapters = (
  adapters: NetworkOptions['adapters'],
  sets: NetworkOptions['sets'] = { ...one, adapters: both },
) => make({ sets, ...(adapters ? { adapters } : {}) });

/** Logits of a network at its start. */
const logitsOf = (network: ReturnType<typeof make>, cell = gridOf(network)[0]) => {
  for (const each of network.variables) engine.write(each, initialValue(each, 0));
  return engine.evaluate([classify(network, input('x', [2, 2, 8, 8]), cell)], { x: wave(256, 0.7) })[0];
};

test.each([1, 2])('filters beside others are the two convolutions added, at stride %s', (stride) => {
  const x = input('x', [2, 3, 6, 5]);
  const [w, a] = [input('w', [4, 3, 3, 3]), input('a', [4, 3, 1, 1])];
  const values = { x: wave(180, 0.3), w: wave(108, 1.1), a: wave(12, 2.3) };
  const together = convolution(x, besideFilters(w, a), { stride, padding: 1 });
  const apart = add(convolution(x, w, { stride, padding: 1 }), convolution(x, a, { stride, padding: 0 }));
  const [found, expected] = engine.evaluate([together, apart] satisfies Tensor[], values);
  expectClose(found, expected);
});

describe('a network with adapters', () => {
  test.each(['parallel', 'serial'] as const)(
    'of kind %s begins as the one without, in every branch',
    (kind) => {
      const plain = logitsOf(make());
      for (const rank of ['full', 2] as const) {
        const network = withAdapters({ kind, rank });
        for (const cell of gridOf(network)) expect(logitsOf(network, cell)).toEqual(plain);
      }
    },
  );

  test('names them as modules of the block, one for each 3x3 convolution in it', () => {
    const names = (adapters: NetworkOptions['adapters'], sets?: NetworkOptions['sets']) =>
      withAdapters(adapters, sets)
        .variables.filter(({ role }) => role === 'adapter')
        .map(({ name, shape }) => `${name} ${shape.join('x')}`);
    expect(names({ kind: 'parallel', rank: 'full' }).slice(0, 6)).toEqual([
      'layer1.0.adapter1.clean.weight 4x4x1x1',
      'layer1.0.adapter1.adv.weight 4x4x1x1',
      'layer1.0.adapter2.clean.weight 4x4x1x1',
      'layer1.0.adapter2.adv.weight 4x4x1x1',
      'layer2.0.adapter1.clean.weight 8x4x1x1',
      'layer2.0.adapter1.adv.weight 8x4x1x1',
    ]);
    expect(names({ kind: 'serial', rank: 'full' })[4]).toBe('layer2.0.adapter1.clean.weight 8x8x1x1');
    expect(names({ kind: 'parallel', rank: 3 }, { ...one, adapters: ['shared'] }).slice(0, 2)).toEqual([
      'layer1.0.adapter1.down.weight 3x4x1x1',
      'layer1.0.adapter1.up.weight 4x3x1x1',
    ]);
    const bottleneck = makeNetwork('resnet50', {
      images,
      classes: 3,
      width: 2,
      sets: { ...one, adapters: both },
    });
    const found = bottleneck.variables.filter(({ role }) => role === 'adapter');
    expect(found).toHaveLength(2 * 16);
    expect(new Set(found.map(({ name }) => name.split('.')[2]))).toEqual(new Set(['adapter2']));
  });

  test('of low rank is the product of its factors', () => {
    const full = withAdapters({ kind: 'serial', rank: 'full' });
    const low = withAdapters({ kind: 'serial', rank: 1 });
    const factor = (size: number, pace: number) => [...wave(size, pace)];
    const fill = (network: typeof full, adapter: (name: string, shape: readonly number[]) => number[]) => {
      for (const each of network.variables)
        engine.write(each, each.role === 'adapter' ? adapter(each.name, each.shape) : initialValue(each, 0));
      const logits = classify(network, input('x', [2, 2, 8, 8]), { ...gridOf(network)[1] });
      return engine.evaluate([logits], { x: wave(256, 0.7) })[0];
    };
    const product = fill(full, (_, [k, c]) =>
      factor(k, 0.9).flatMap((u) => factor(c, 1.7).map((d) => u * d)),
    );
    const factors = fill(low, (name, [k, c]) => (name.includes('.up.') ? factor(k, 0.9) : factor(c, 1.7)));
    expectClose(factors, product);
  });

  test('serial ones follow the normalization: doubling them is doubling it', () => {
    // With A = identity every normalization behind a 3x3 convolution of a block counts twice, as with gamma and beta of 2.
    const network = withAdapters({ kind: 'serial', rank: 'full' }, { ...one, adapters: ['shared'] });
    const plain = make();
    for (const each of network.variables) {
      const [k] = each.shape;
      const identity = Float64Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? 1 : 0));
      engine.write(each, each.role === 'adapter' ? identity : initialValue(each, 0));
    }
    for (const each of plain.variables)
      engine.write(
        each,
        initialValue(each, 0).map((value) =>
          each.role === 'affine' && /\d\.bn\d/.test(each.name) ? 2 * value : value,
        ),
      );
    const x = input('x', [2, 2, 8, 8]);
    const [adapted, doubled] = engine.evaluate(
      [network, plain].map((of) => classify(of, x, gridOf(of)[0])),
      { x: wave(256, 0.7) },
    );
    expectClose(adapted, doubled);
  });

  test('asks passes which adapter they use', () => {
    const network = withAdapters({ kind: 'parallel', rank: 'full' });
    const x = multiply(input('x', [1, 2, 8, 8]), 1);
    const cell = { statistics: 'shared', affine: 'shared' };
    expect(() => classify(network, x, cell)).toThrow('no adapter is named; there are: clean, adv');
    expect(() => classify(network, x, { ...cell, adapter: 'noise' })).toThrow(
      'adapter noise; there are: clean, adv',
    );
    expect(() => classify(make(), x, { ...cell, adapter: 'adv' })).toThrow('adapter adv; there are: none');
  });

  test.each([0, 1.5, -2, Number.NaN])('refuses rank %s', (rank) => {
    expect(() => withAdapters({ kind: 'parallel', rank })).toThrow(`adapters cannot have rank ${rank}`);
  });

  test('needs branches for them', () => {
    expect(() => make({ adapters: { kind: 'serial', rank: 'full' } })).toThrow(
      'the sets of the network name none',
    );
  });
});

describe('a network with heads', () => {
  test('names them by branch where there are several, and each starts apart', () => {
    const network = make({ sets: { ...one, heads: both } });
    const heads = network.variables.filter(({ role }) => role === 'head');
    expect(heads.map(({ name, branch }) => `${name} ${branch}`)).toEqual([
      'fc.clean.weight clean',
      'fc.clean.bias clean',
      'fc.adv.weight adv',
      'fc.adv.bias adv',
    ]);
    expect(initialValue(heads[0], 0)).not.toEqual(initialValue(heads[2], 0));
    const [clean, adv] = gridOf(network).map((cell) => logitsOf(network, cell));
    expect(clean).not.toEqual(adv);
  });

  test('asks passes which head they use', () => {
    const cell = { statistics: 'shared', affine: 'shared' };
    const x = input('x', [1, 2, 8, 8]);
    expect(() => classify(make({ sets: { ...one, heads: both } }), x, cell)).toThrow('no head is named');
    expect(() => classify(make(), x, { ...cell, head: 'adv' })).toThrow('head adv; there are: shared');
  });
});

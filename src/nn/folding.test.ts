import { expect, test } from 'vitest';
import { count } from '../engines/testing/same-values.ts';
import { differentiate, input, makeStep, simplify, sumAll } from '../graph/index.ts';
import { classify, makeNetwork, type NetworkOptions } from './index.ts';

const images = { channels: 3, height: 8, width: 8 };
const both = ['clean', 'adv'];
const one = { statistics: ['shared'], affine: ['shared'] };
const convolutions = 9;

const attackStep = (options: Partial<NetworkOptions>, more = {}) => {
  const network = makeNetwork('resnet8', { images, classes: 3, width: 4, ...options });
  const x = input('x', [2, 3, 8, 8]);
  const { sets } = network;
  const cell = { statistics: sets.statistics[0], affine: sets.affine[0], ...more };
  const logits = classify(network, x, cell);
  const [gradient] = differentiate(sumAll(logits), [x]);
  return simplify(makeStep('attack', { outputs: { logits, gradient } }));
};

test.each<[string, Partial<NetworkOptions>, object]>([
  ['a plain network', {}, {}],
  ['dual BN', { sets: { statistics: both, affine: both } }, {}],
  ['no affine parameters', { normalization: { affine: false } }, {}],
  ['a sandwich', { sets: { ...one, affine: both }, normalization: { sandwich: true } }, {}],
  ['heads', { sets: { ...one, heads: both } }, { head: 'adv' }],
  ['parallel adapters', { sets: { ...one, adapters: both } }, { adapter: 'adv' }],
  [
    'parallel adapters of low rank',
    { sets: { ...one, adapters: both }, adapters: { kind: 'parallel', rank: 2 } },
    { adapter: 'adv' },
  ],
])('an attack through %s is its shared convolutions and no normalization', (_, options, more) => {
  const step = attackStep(options, more);
  expect(count(step, 'normalize')).toBe(0);
  expect(count(step, 'channelAffine')).toBe(0);
  expect(count(step, 'convolution')).toBe(convolutions);
  expect(count(step, 'convolutionInputGradient')).toBe(convolutions);
});

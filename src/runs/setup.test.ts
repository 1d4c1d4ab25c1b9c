import { describe, expect, test } from 'vitest';
import { resolveConfiguration } from '../configuration/index.ts';
import { type Dataset, NO_AUGMENTATION } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { trainingSetup } from './setup.ts';

const dataset: Dataset = {
  name: 'small',
  displayName: 'Small',
  split: 'train',
  classes: ['a', 'b'],
  count: 20,
  channels: 1,
  height: 8,
  width: 8,
  images: new Uint8Array(20 * 64),
  labels: Uint16Array.from({ length: 20 }, (_, example) => example % 2),
  checksum: '',
  directory: '',
  augmentation: NO_AUGMENTATION,
};

const setupOf = (...overrides: string[]) =>
  trainingSetup(
    resolveConfiguration({
      preset: 'tiny',
      overrides: [
        'network.name=resnet10',
        'data.trainExamples=10',
        'data.validationExamples=4',
        ...overrides,
      ],
    }).configuration,
    dataset,
  );

test('training and validation images do not overlap', () => {
  const { train, validation } = setupOf('batchSize=5');
  expect([train.length, validation.length]).toEqual([10, 4]);
  expect([...train].filter((example) => validation.includes(example))).toEqual([]);
});

test('a step that cannot train is refused before anything is written', () => {
  // Four stages leave one pixel of an 8x8 image.
  expect(() => setupOf('batchSize=1')).toThrow('cannot be updated by a batch of one value a channel');
});

describe('the network', () => {
  test('has the normalization that is asked for', () => {
    const namesOf = (...overrides: string[]) =>
      setupOf('batchSize=5', ...overrides).network.variables.map(({ name }) => name);
    const plain = namesOf('regime.name=hybrid');
    expect(namesOf('regime.name=hybrid', 'network.normalization.kind=group')).toEqual(
      plain.filter((name) => !name.includes('running')),
    );
    expect(namesOf('regime.name=madry', 'network.normalization.affine=false')).toEqual(
      plain.filter((name) => !/bn\d\.(weight|bias)|downsample\.1\.(weight|bias)/.test(name)),
    );
  });

  test.each([
    ['dual-bn', 'kind=instance', 'network.normalization.kind: instance normalization takes each image'],
    ['dual-ap', 'affine=false', 'network.normalization.affine: without affine parameters there are no AP'],
    ['hybrid', 'sandwich=true', 'network.normalization.sandwich: a shared affine is followed by one of each'],
    ['sandwich-dual-bn', 'affine=false', 'network.normalization.sandwich: a shared affine needs'],
    ['hybrid', 'groups=4', 'network.normalization.groups: only group normalization has groups'],
  ])('of %s refuses normalization.%s, and says why', (regime, wish, why) => {
    const make = () => setupOf('batchSize=5', `regime.name=${regime}`, `network.normalization.${wish}`);
    expect(make).toThrow(InputError);
    expect(make).toThrow(why);
  });

  test('groups that do not divide the channels are refused with those that do', () => {
    const make = () =>
      setupOf(
        'batchSize=5',
        'regime.name=hybrid',
        'network.normalization.kind=group',
        'network.normalization.groups=3',
      );
    expect(make).toThrow(/3 groups do not divide the 16 channels of bn1[\s\S]*one of 1, 2, 4, 8, 16,/);
  });

  test('a regime that normalizes by the statistics of other images needs batch normalization', () => {
    const make = (regime: string) =>
      setupOf('batchSize=5', `regime.name=${regime}`, 'network.normalization.kind=layer');
    expect(() => make('cross-at-clean')).toThrow(
      'normalizes its pass adv by the statistics of clean, which layer normalization cannot',
    );
    expect(make('trades').network.sets.statistics).toEqual(['shared']);
  });

  test('has adapters of the rank that is asked for, where the regime has adapters', () => {
    const network = (...overrides: string[]) => setupOf('batchSize=5', ...overrides).network;
    const shapes = network('regime.name=adapters-serial', 'network.adapterRank=3').variables.flatMap(
      ({ role, branch, shape }) => (role === 'adapter' && branch === 'adv' ? [shape.join('x')] : []),
    );
    expect(shapes.slice(0, 2)).toEqual(['3x16x1x1', '16x3x1x1']);
    expect(() => network('regime.name=hybrid', 'network.adapterRank=3')).toThrow(
      'network.adapterRank: leave it out',
    );
  });
});

import { expect, test } from 'vitest';
import { resolveConfiguration } from '../configuration/index.ts';
import { type Dataset, NO_AUGMENTATION } from '../data/index.ts';
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
  expect(() => setupOf('batchSize=1')).toThrow('cannot move by a batch of one value a channel');
});

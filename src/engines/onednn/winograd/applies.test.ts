import { describe, expect, it } from 'vitest';
import { type ConvolutionGeometry, winogradApplies } from './applies.ts';

const usual: ConvolutionGeometry = {
  batch: 64,
  inputChannels: 64,
  outputChannels: 64,
  height: 32,
  width: 32,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [1, 1],
};

describe('winogradApplies', () => {
  it.each<[string, Partial<ConvolutionGeometry>]>([
    ['the first stage of ResNet-18', {}],
    ['its last stage', { inputChannels: 512, outputChannels: 512, height: 4, width: 4 }],
    ['a wide network', { inputChannels: 160, outputChannels: 160 }],
    ['7 x 7 images, whose border tiles are partly empty', { height: 7, width: 7 }],
    ['a batch of one, so that it gives the same bits as a large one', { batch: 1 }],
  ])('takes %s', (_, change) => {
    expect(winogradApplies({ ...usual, ...change }, 8)).toBe(true);
  });

  it.each<[string, Partial<ConvolutionGeometry>]>([
    ['1 x 1 filters', { kernel: [1, 1], padding: [0, 0] }],
    ['stride 2', { stride: [2, 2] }],
    ['no padding', { padding: [0, 0] }],
    ['groups', { groups: 2 }],
    ['images of three channels', { inputChannels: 3 }],
    [
      'few channels, where transforms cost more than products save',
      { inputChannels: 16, outputChannels: 16 },
    ],
    ['tiles that are mostly empty', { height: 5, width: 5 }],
    ['images smaller than a tile', { height: 2, width: 2 }],
  ])('leaves %s to direct kernels', (_, change) => {
    expect(winogradApplies({ ...usual, ...change }, 8)).toBe(false);
  });
});

/** Cases of what engines fuse, run in vectors or share among threads: operations in a row, at several sizes. */
import {
  add,
  channelAffine,
  channelMean,
  channelVariance,
  clip,
  convolution,
  globalAveragePool,
  maximum,
  minimum,
  multiply,
  normalize,
  relu,
  reluGradient,
  sign,
  subtract,
  type Tensor,
} from '../../../graph/index.ts';
import { type Case, makeCase, positive } from '../case.ts';

const epsilon = 1e-5;

// Large ones are worth threads (32,768 elements); 32 channels fill blocks of 8 and of 16, 3 fill none.
const images: readonly (readonly [string, number[]])[] = [
  ['one channel', [1, 1, 3, 3]],
  ['three channels', [2, 3, 5, 5]],
  ['three channels, large', [2, 3, 80, 80]],
  ['32 channels', [2, 32, 8, 8]],
  ['32 channels, large', [4, 32, 16, 16]],
];

const own = (x: Tensor, gamma: Tensor, beta: Tensor) =>
  normalize(x, { mean: channelMean(x), variance: channelVariance(x), gamma, beta, epsilon });

const given = (x: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor) =>
  normalize(x, { mean, variance, gamma, beta, epsilon });

const convolved = (x: Tensor, w: Tensor, stride = 1) => convolution(x, w, { stride, padding: 1 });

export const fusedCases: readonly Case[] = images.flatMap(([size, x]) => {
  const [, channels] = x;
  const c = [channels];
  const statistics = [x, c, positive(channels), c, c];
  const w = [channels, channels, 3, 3];
  const of = (what: string, inputs: Parameters<typeof makeCase>[1], build: Case['build']) =>
    makeCase(`${what}, ${size}`, inputs, build);
  return [
    of('relu', [x], relu),
    of('relu of a sum', [x, x], (a, b) => relu(add(a, b))),
    of('relu in a loop', [x, x], (a, b) => multiply(relu(subtract(a, b)), 2)),
    of('the gradient of a relu', [x, x], (dy, a) => reluGradient(dy, relu(a))),
    of('sign', [x], sign),
    of('a step of an attack', [x, x], (a, g) => clip(add(a, multiply(sign(g), 0.1)), -1, 1)),
    of('maximum and minimum', [x, x], (a, b) => multiply(maximum(a, b), minimum(a, b))),
    of('maximum with a number', [x], (a) => maximum(0.5, a)),
    of('normalization', statistics, given),
    of('normalization and relu', statistics, (...all) => relu(given(all[0], all[1], all[2], all[3], all[4]))),
    of('affine and relu', [x, c, c], (a, scale, shift) => relu(channelAffine(a, scale, shift))),
    of('own statistics', [x, c, c], own),
    of('own statistics and relu', [x, c, c], (a, gamma, beta) => relu(own(a, gamma, beta))),
    of('relu and pooling', [x], (a) => globalAveragePool(relu(a))),
    of('convolution', [x, w], (a, b) => convolved(a, b)),
    of('convolution and relu', [x, w], (a, b) => relu(convolved(a, b))),
    of('convolution, affine and relu', [x, w, c, c], (a, b, scale, shift) =>
      relu(channelAffine(convolved(a, b), scale, shift)),
    ),
    of('convolution, residual and relu', [x, w, x], (a, b, z) => relu(add(convolved(a, b), z))),
    of('convolution of stride 2 and relu', [x, w], (a, b) => relu(convolved(a, b, 2))),
  ];
});

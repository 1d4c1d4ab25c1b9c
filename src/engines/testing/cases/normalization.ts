/** Cases of normalization: with a batch's own statistics, foreign ones, and those of two batches merged. */
import {
  add,
  channelAffine,
  channelMean,
  channelVariance,
  concatenate,
  multiply,
  normalize,
  slice,
  stopGradient,
  subtract,
  type Tensor,
} from '../../../graph/index.ts';
import { apply } from '../../../graph/operation.ts';
import {
  batchNormInputGradientOperation,
  normalizeScaleGradientOperation,
} from '../../../graph/operations/normalization.ts';
import { type Case, makeCase, positive } from '../case.ts';

const epsilon = 1e-5;

const batches: readonly [string, number[]][] = [
  ['a batch', [3, 2, 2, 3]],
  ['a batch of one', [1, 3, 3, 3]],
  ['one channel', [2, 1, 3, 2]],
  ['one pixel', [5, 2, 1, 1]],
  ['16 channels', [2, 16, 1, 2]],
];

const each = (
  inputs: (channels: number) => Parameters<typeof makeCase>[1],
  build: Case['build'],
  derivative?: Case['derivative'],
): readonly Case[] =>
  batches.map(([what, shape]) => makeCase(what, [shape, ...inputs(shape[1])], build, derivative));

const own = (x: Tensor, gamma: Tensor, beta: Tensor) =>
  normalize(x, { mean: channelMean(x), variance: channelVariance(x), gamma, beta, epsilon });

/** The statistics of two batches of equal size taken as one. */
function merged(a: Tensor, b: Tensor): { readonly mean: Tensor; readonly variance: Tensor } {
  const [meanA, meanB] = [channelMean(a), channelMean(b)];
  const half = multiply(subtract(meanA, meanB), 0.5);
  const within = multiply(add(channelVariance(a), channelVariance(b)), 0.5);
  return { mean: multiply(add(meanA, meanB), 0.5), variance: add(within, multiply(half, half)) };
}

const two: readonly number[][] = [[2, 2, 2, 3], [2, 2, 2, 3], [2], [2]];

export const normalizationCases = {
  channelMean: each(() => [], channelMean),
  channelVariance: each(() => [], channelVariance),
  channelAffine: each((c) => [[c], [c]], channelAffine),
  normalize: [
    ...each(
      (c) => [[c], positive(c), [c], [c]],
      (x, mean, variance, gamma, beta) => normalize(x, { mean, variance, gamma, beta, epsilon }),
      'once',
    ),
    ...each((c) => [[c], [c]], own, 'once').map((of) => ({ ...of, what: `${of.what}, own statistics` })),
    makeCase('one value a channel, own statistics', [[1, 3, 1, 1], [3], [3]], own, 'once'),
    makeCase(
      'statistics of another batch, through which gradients flow',
      two,
      (x, other, gamma, beta) =>
        normalize(x, {
          mean: channelMean(other),
          variance: channelVariance(other),
          gamma,
          beta,
          epsilon,
        }),
      'once',
    ),
    makeCase(
      'both halves of a batch by statistics of the first',
      [[4, 2, 2, 2], [2], [2]],
      (x, gamma, beta) => {
        const first = slice(x, 0, 0, 2);
        const statistics = { mean: channelMean(first), variance: channelVariance(first) };
        return concatenate(
          [first, slice(x, 0, 2, 4)].map((half) => normalize(half, { ...statistics, gamma, beta, epsilon })),
          0,
        );
      },
      'once',
    ),
    makeCase(
      'merged statistics of two batches',
      two,
      (a, b, gamma, beta) => {
        const statistics = merged(a, b);
        return concatenate(
          [a, b].map((half) => normalize(half, { ...statistics, gamma, beta, epsilon })),
          0,
        );
      },
      'once',
    ),
    makeCase(
      'own mean, foreign variance',
      [[2, 2, 2, 3], positive(2), [2], [2]],
      (x, variance, gamma, beta) => normalize(x, { mean: channelMean(x), variance, gamma, beta, epsilon }),
      'once',
    ),
    makeCase(
      'another epsilon',
      two,
      (x, other, gamma, beta) =>
        normalize(x, {
          mean: channelMean(other),
          variance: channelVariance(other),
          gamma,
          beta,
          epsilon: 0.1,
        }),
      'once',
    ),
    makeCase(
      'own statistics, held fixed',
      [[2, 2, 2, 3], [2], [2]],
      (x, gamma, beta) =>
        normalize(x, {
          mean: stopGradient(channelMean(x)),
          variance: stopGradient(channelVariance(x)),
          gamma,
          beta,
          epsilon,
        }),
      'stopped',
    ),
  ],
  normalizeScaleGradient: batches.map(([what, shape]) =>
    makeCase(
      what,
      [shape, shape, [shape[1]], positive(shape[1])],
      (...inputs) => apply(normalizeScaleGradientOperation, inputs, { epsilon }),
      'never',
    ),
  ),
  batchNormInputGradient: batches.map(([what, shape]) =>
    makeCase(
      what,
      [shape, shape, [shape[1]]],
      (dy, x, gamma) =>
        apply(batchNormInputGradientOperation, [dy, x, channelMean(x), channelVariance(x), gamma], {
          epsilon,
        }),
      'never',
    ),
  ),
} satisfies Record<string, readonly Case[]>;

/** Made-up analyses of a network of two branches, for tests: every kind, with numbers near real ones. Nothing was measured. */

import { parseEpsilon } from '../../attacks/index.ts';
import type {
  AffineDocument,
  AnalysisDocument,
  ChannelsDocument,
  CurveDocument,
  ExchangeDocument,
  GapDocument,
  InterpolateDocument,
  ReestimateDocument,
  TransferDocument,
} from '../index.ts';
import { inventedChannels, inventedExchange } from './invented-exchanges.ts';
import { inventedNormalization } from './invented-normalization.ts';
import { inventedNsErrors } from './invented-ns-errors.ts';
import {
  accuraciesOf,
  attackedBy,
  cells,
  channelCount,
  frameOf,
  layers,
  rounded,
  wobble,
} from './invented-parts.ts';

const sources = ['clean', 'adv', 'noise', 'mixed'] as const;
const ts = [0, 0.25, 0.5, 0.75, 1];

export function inventedAnalyses(regime: string, seed: number, epsilon: string): readonly AnalysisDocument[] {
  const frame = frameOf(regime, seed);
  const examples = { examples: 1000, indices: '0-999' };
  const attacked = { ...attackedBy([epsilon]), epsilon: parseEpsilon(epsilon) };
  const evaluated = { ...attacked, examples: 1000, seed };
  const accuracy = accuraciesOf(seed);
  const estimation = { images: 2000, batchSize: 100 };
  const estimated = { images: 2000, statisticsBatch: 100 };
  const reestimate: ReestimateDocument = {
    ...frame,
    request: {
      analysis: 'reestimate',
      ...evaluated,
      ...estimated,
      sources: [...sources],
      evaluationAttacks: [],
    },
    result: {
      ...examples,
      estimation,
      raw: [],
      reestimated: sources.flatMap((source, at) => [
        { source, affine: 'clean', runningStatistics: 'clean', ...accuracy(0.6, 0.03, at) },
        { source, affine: 'adv', runningStatistics: 'adv', ...accuracy(0.49, 0.28, 10 + at) },
      ]),
    },
  };
  const interpolate: InterpolateDocument = {
    ...frame,
    request: {
      analysis: 'interpolate',
      ...evaluated,
      ...estimated,
      from: 'clean/clean',
      to: 'adv/adv',
      ts: [...ts],
      statistics: 'reestimated',
      source: 'mixed',
    },
    result: {
      ...examples,
      from: cells.clean,
      to: cells.robust,
      estimation,
      points: ts.map((t) => ({
        t,
        ...accuracy(0.6 - 0.11 * t, 0.03 + 0.25 * t ** 1.4, t),
      })),
    },
  };
  const grid = ['clean', 'adv'].flatMap((statistics) =>
    ['clean', 'adv'].map((affine) => ({ statistics, affine })),
  );
  const transfer: TransferDocument = {
    ...frame,
    request: { analysis: 'transfer', ...evaluated },
    result: {
      ...examples,
      cells: grid.map((cell) => ({ ...cell, clean: 0.5, cleanInterval: [0.47, 0.53], outcomes: '' })),
      matrix: grid.flatMap((attacked, row) =>
        grid.map((predicted, column) => {
          const robust = rounded(
            row === column ? 0.2 + 0.05 * wobble(row) : 0.35 + 0.08 * wobble(row, column),
          );
          return {
            attacked,
            predicted,
            robust,
            robustInterval: [robust - 0.03, robust + 0.03],
            outcomes: '',
          };
        }),
      ),
    },
  };
  const bounds = [2, 4, 8, 16].map((size) => `${size}/255`);
  const curve: CurveDocument = {
    ...frame,
    request: {
      analysis: 'curve',
      ...attackedBy(bounds),
      epsilons: bounds.map((bound) => parseEpsilon(bound)),
      examples: 1000,
      seed,
    },
    result: {
      ...examples,
      points: [2, 4, 8, 16].flatMap((size) =>
        [cells.clean, cells.robust].map((cell, at) => ({
          epsilon: `${size}/255`,
          value: size / 255,
          ...cell,
          ...accuracy(
            at === 0 ? 0.6 : 0.49,
            (at === 0 ? 0.6 : 0.49) * Math.exp(-size / (at === 0 ? 3 : 14)),
            at,
          ),
        })),
      ),
    },
  };
  const exchanged = { layers, channels: channelCount, cells, accuracy };
  const asked = { ...evaluated, images: 500, statisticsBatch: 100, source: 'fitting' as const };
  const exchange: ExchangeDocument = {
    ...frame,
    request: {
      ...{ analysis: 'exchange', ...asked, into: ['clean'], parameters: ['both'], layers: [layers[1]] },
      which: ['one', 'prefix', 'suffix'],
    },
    result: inventedExchange(exchanged),
  };
  const channelsDocument: ChannelsDocument = {
    ...frame,
    request: {
      ...{
        analysis: 'channels',
        ...asked,
        into: ['clean'],
        shares: ['1/16'],
        controls: ['random'],
        draws: 1,
      },
    },
    result: inventedChannels(exchanged),
  };
  return [
    reestimate,
    interpolate,
    transfer,
    curve,
    inventedGap(regime, seed, epsilon),
    inventedAffine(regime, seed),
    exchange,
    channelsDocument,
    {
      ...frame,
      request: { analysis: 'ns-error', ...evaluated, ...estimated, augment: 'usual' },
      result: {
        ...examples,
        ...inventedNsErrors({ layers, wobble: (...place) => wobble(seed, ...place), accuracy }),
      },
    },
    ...inventedNormalization(regime, seed, epsilon),
  ];
}

const channels = (height: number, place: number): number[] =>
  Array.from({ length: channelCount }, (_, at) =>
    rounded(height * (1 + wobble(at) + 0.05 * wobble(at, place))),
  );

export function inventedGap(regime: string, seed: number, epsilon: string): GapDocument {
  const estimate = (value: number) => ({
    value: rounded(value),
    interval: [rounded(0.85 * value), rounded(1.15 * value)] as [number, number],
  });
  const estimates = (value: number) => ({
    distance: estimate(1.4 * value),
    wasserstein: estimate(value),
    cosine: estimate(1 - value),
    scaled: estimate(4 * value),
    unbiased: estimate(3 * value),
  });
  const heights = {
    'adv-clean': 0.0073,
    'noise-clean': 0.0063,
    'clean-clean': 0.015,
    'clean-running': 0.011,
    'adv-running': 0.014,
    'noise-running': 0.013,
  } as const;
  const pairs = [
    'adv-clean',
    'noise-clean',
    'clean-clean',
    'clean-running',
    'adv-running',
    'noise-running',
  ] as const;
  const affines = regime === 'dual-bn' ? ['clean', 'adv'] : ['shared'];
  return {
    ...frameOf(regime, seed),
    request: {
      analysis: 'gap',
      ...attackedBy([epsilon]),
      epsilon: parseEpsilon(epsilon),
      seed,
      batches: 8,
      statisticsBatch: 128,
    },
    result: {
      branches: affines.map((affine, which) => ({
        affine,
        runningStatistics: affine,
        distances: pairs.flatMap((pair) =>
          (['mu', 'sigma'] as const).map((statistic) => ({
            pair,
            statistic,
            average: estimates(
              heights[pair] * (1 + 0.02 * wobble(seed, which)) * (statistic === 'mu' ? 1 : 1.6),
            ),
            layers: layers.map((layer, at) => ({
              layer,
              ...estimates(heights[pair] * (1 + 0.5 * wobble(at, seed)) * (statistic === 'mu' ? 1 : 1.6)),
            })),
          })),
        ),
        channels: layers.map((layer) => ({
          layer,
          mu: {
            clean: channels(0.1, 1),
            adv: channels(0.1, 2),
            noise: channels(0.1, 3),
            'clean-2': channels(0.1, 4),
            running: channels(0.1, 5),
          },
          sigma: {
            clean: channels(0.4, 1),
            adv: channels(0.4, 2),
            noise: channels(0.4, 3),
            'clean-2': channels(0.4, 4),
            running: channels(0.4, 5),
          },
        })),
      })),
    },
  };
}

function inventedAffine(regime: string, seed: number): AffineDocument {
  const measures = (value: number) => ({
    distance: 1.5 * value,
    wasserstein: rounded(value),
    cosine: 1 - value,
  });
  return {
    ...frameOf(regime, seed),
    request: { analysis: 'affine', evaluationCells: cells },
    result: {
      distances: (['gamma', 'beta', 'mu', 'sigma'] as const).map((quantity, which) => ({
        quantity,
        branches: ['clean', 'adv'] as [string, string],
        average: measures(0.05 + 0.01 * which),
        layers: layers.map((layer, at) => ({
          layer,
          ...measures(0.02 * (1 + at) * (1 + 0.3 * wobble(at, which, seed))),
        })),
      })),
      channels: layers.map((layer) => ({
        layer,
        gamma: { clean: channels(0.3, 1), adv: channels(0.25, 5) },
        beta: { clean: channels(-0.1, 1), adv: channels(-0.15, 5) },
        mu: { clean: channels(0.1, 1), adv: channels(0.1, 2) },
        sigma: { clean: channels(0.4, 1), adv: channels(0.4, 2) },
      })),
    },
  };
}

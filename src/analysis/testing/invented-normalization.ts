/** Made-up analyses of what normalization does, for tests: y = a x + b, shifts of activations. Nothing was measured. */
import { parseEpsilon } from '../../attacks/index.ts';
import type { AnalysisDocument, DisplaceDocument, GaugeDocument, ShiftDocument } from '../index.ts';
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

export function inventedNormalization(
  regime: string,
  seed: number,
  epsilon: string,
): readonly AnalysisDocument[] {
  const frame = frameOf(regime, seed);
  const attacked = { ...attackedBy([epsilon]), epsilon: parseEpsilon(epsilon) };
  const evaluated = { ...attacked, examples: 1000, seed };
  const examples = { examples: 1000, indices: '0-999' };
  const accuracy = accuraciesOf(seed);
  const shares = (at: number) => ({
    gammaShare: rounded(0.7 + 0.1 * wobble(at, seed)),
    sigmaShare: rounded(0.3 - 0.1 * wobble(at, seed)),
    bGammaShare: 0.3,
    bBetaShare: rounded(0.3 + 0.1 * wobble(at)),
    bMuShare: 0.2,
    bSigmaShare: rounded(0.2 - 0.1 * wobble(at)),
  });
  const exchanged = { a: -0.4, b: -0.35, both: -0.11 };
  const gauge: GaugeDocument = {
    ...frame,
    request: { analysis: 'gauge', ...evaluated, from: 'clean/clean', to: 'adv/adv' },
    result: {
      ...examples,
      from: cells.clean,
      to: cells.robust,
      average: shares(7),
      pooled: shares(8),
      layers: layers.map((layer, at) => ({
        ...{ layer, channels: channelCount, zeros: 0, signChanges: 1 },
        ...{ logGamma: -0.1, logSigma: 0.1, logA: -0.2, logASpread: 0.3, bSpread: 0.4 },
        ...shares(at),
      })),
      combinations: (['from', 'to'] as const).flatMap((a, row) =>
        (['from', 'to'] as const).map((b, column) => ({
          ...{ a, b },
          ...(row === column
            ? accuracy(0.6 - 0.11 * row, 0.03 + 0.25 * row, row)
            : accuracy(0.2, 0.05 + 0.05 * row, row)),
        })),
      ),
      exchange: { clean: exchanged, robust: { 'pgd-10': { a: 0.1, b: 0.05, both: 0.25 } } },
    },
  };
  const commonShares = { adv: 0.05, universal: 0.8, noise: 0.01 };
  const shiftShares = (share: number, at: number) => ({
    commonShare: rounded(share * (1 + 0.2 * wobble(at, seed))),
    squareCommonShare: rounded(share / 2),
    ...{ positionCommonShare: share, seenShare: rounded(share / 3), size: 0.2, commonSize: 0.05 },
  });
  const shift: ShiftDocument = {
    ...frame,
    request: {
      analysis: 'shift',
      ...attacked,
      ...{ seed, batches: 8, statisticsBatch: 128, normalizedBy: 'running', universalSteps: 40 },
    },
    result: {
      ...{ images: 1024, batches: 8 },
      branches: (['clean', 'adv'] as const).flatMap((affine) =>
        (['adv', 'universal', 'noise'] as const).map((perturbation) => ({
          ...{ affine, runningStatistics: affine, perturbation, cleanAccuracy: 0.6, accuracy: 0.3 },
          average: { ...shiftShares(commonShares[perturbation], 0), commonShareError: 0.01 },
          layers: layers.map((layer, at) => ({ layer, ...shiftShares(commonShares[perturbation], at) })),
        })),
      ),
    },
  };
  const along = (height: number) =>
    [1, 8, 64].flatMap((multiple, at) =>
      [0, 1].map((draw) => ({
        multiple,
        draw,
        ...accuracy(0.5 - height * at, 0.3 - height * at, draw + at),
      })),
    );
  const moved = { clean: 20, robust: 30 };
  const displace: DisplaceDocument = {
    ...frame,
    request: {
      analysis: 'displace',
      ...evaluated,
      ...{ images: 2000, statisticsBatch: 100, cell: 'adv/adv', multiples: [1, 8, 64], draws: 2 },
    },
    result: {
      ...examples,
      cell: cells.robust,
      estimation: { images: 2000, batchSize: 100 },
      base: accuracy(0.5, 0.3, 0),
      multipleAtOnePoint: moved,
      directions: [
        {
          ...{ direction: 'random', size: { mu: 0.01, logSigma: 0.01 } },
          ...{ multipleAtOnePoint: moved, points: along(0.02) },
        },
        {
          ...{ direction: 'branch', towards: 'clean', size: { mu: 0.2, logSigma: 0.1 } },
          ...{ multipleAtOnePoint: { clean: 0.1, robust: null }, points: along(0.1) },
        },
      ],
    },
  };
  return [gauge, shift, displace];
}

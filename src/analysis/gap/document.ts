/** The options and the result of gap. */
import { z } from 'zod';
import { apBranchShape } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { channelSets, estimatesShape } from '../distances.ts';
import { attackOptions, seedOption, statisticsBatch } from '../options.ts';
import { gapPairNames, gapStatisticNames } from './gap.ts';

export const gapOptions = z.strictObject({
  ...attackOptions,
  seed: seedOption,
  batches: z.int().min(2).default(8).meta({ description: 'batches of test images' }),
  // The authors' size.
  statisticsBatch: statisticsBatch(128),
});

export const gapResult = z.object({
  branches: z.array(
    z.object({
      ...apBranchShape,
      /** The running NS that the attack looked through; the statistics compared are those of batches. */
      runningStatistics: z.string(),
      distances: z.array(
        z.object({
          /** clean-clean is the yardstick: two batches of different clean images. */
          pair: z.enum(gapPairNames),
          /** mu is the mean of a channel, sigma its standard deviation. */
          statistic: z.enum(gapStatisticNames),
          /** Over layers. */
          average: z.object(estimatesShape),
          layers: z.array(z.object({ layer: z.string(), ...estimatesShape })),
        }),
      ),
      /** Statistics of the first batch and of the next clean one, by version: clean, adv, noise, clean-2. */
      channels: z.array(z.object({ layer: z.string(), mu: channelSets, sigma: channelSets })),
    }),
  ),
});

export type GapDocument = AnalysisDocumentOf<'gap', typeof gapOptions, typeof gapResult>;

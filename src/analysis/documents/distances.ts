/**
 * The documents of the analyses that measure distances between sets of channel values: gap and affine. What each measure
 * is says measures.ts. mu is the mean of a channel, sigma its standard deviation, the root of the variance.
 */
import { z } from 'zod';
import { attackSchema, epsilonSchema, intervalSchema, subjectShape, throughShape } from './parts.ts';

/** A mean over batches with its bootstrap interval over batches. */
const estimate = z.object({ value: z.number(), interval: intervalSchema });
const estimates = { distance: estimate, wasserstein: estimate, cosine: estimate };
const measures = { distance: z.number(), wasserstein: z.number(), cosine: z.number() };

/** The values of a layer's channels, by branch or by version of the images; to five digits. */
const channelSets = z.record(z.string(), z.array(z.number()));

export const gapDocumentSchema = z.object({
  analysis: z.literal('gap'),
  ...subjectShape,
  /** The split whose images these are. */
  split: z.enum(['train', 'test']),
  batchSize: z.int().min(1),
  batches: z.int().min(2),
  /** The bound of the attack and of the uniform noise, as written. */
  epsilon: epsilonSchema,
  attack: attackSchema,
  branches: z.array(
    z.object({
      ...throughShape,
      /** The running NS that the attack looked through; the statistics compared are those of batches. */
      ownStatistics: z.string(),
      distances: z.array(
        z.object({
          /** clean-clean is the yardstick: two batches of different clean images. */
          pair: z.enum(['adv-clean', 'noise-clean', 'clean-clean']),
          statistic: z.enum(['mu', 'sigma']),
          /** Over layers. */
          average: z.object(estimates),
          layers: z.array(z.object({ layer: z.string(), ...estimates })),
        }),
      ),
      /** Statistics of the first batch and of the next clean one, by version: clean, adv, noise, clean-2. */
      channels: z.array(z.object({ layer: z.string(), mu: channelSets, sigma: channelSets })),
    }),
  ),
});

export const affineDocumentSchema = z.object({
  analysis: z.literal('affine'),
  ...subjectShape,
  /** Empty for a network of one set of each. */
  distances: z.array(
    z.object({
      /** gamma and beta of two AP; mu and sigma of two running NS. */
      quantity: z.enum(['gamma', 'beta', 'mu', 'sigma']),
      branches: z.tuple([z.string(), z.string()]),
      /** Over layers. */
      average: z.object(measures),
      layers: z.array(z.object({ layer: z.string(), ...measures })),
    }),
  ),
  /** By branch. */
  channels: z.array(
    z.object({
      layer: z.string(),
      gamma: channelSets,
      beta: channelSets,
      mu: channelSets,
      sigma: channelSets,
    }),
  ),
});

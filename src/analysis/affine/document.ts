/** The options (none) and the result of affine. */
import { z } from 'zod';
import type { AnalysisDocumentOf } from '../definition.ts';
import { channelSets, measuresShape } from '../distances.ts';
import { quantityNames } from './affine.ts';

export const affineOptions = z.strictObject({});

export const affineResult = z.object({
  /** Empty for a network of one set of each. */
  distances: z.array(
    z.object({
      /** gamma and beta of two AP; mu and sigma of two running NS. */
      quantity: z.enum(quantityNames),
      branches: z.tuple([z.string(), z.string()]),
      /** Over layers. */
      average: z.object(measuresShape),
      layers: z.array(z.object({ layer: z.string(), ...measuresShape })),
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

export type AffineDocument = AnalysisDocumentOf<'affine', typeof affineOptions, typeof affineResult>;

/** The options and the result of the shift of activations, as an analysis of a run. */
import { z } from 'zod';
import { apBranchShape, fraction } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { attackOptions, seedOption, statisticsBatch } from '../options.ts';
import { normalizedByNames } from './batch-shifts.ts';
import { perturbations } from './shift.ts';

export const shiftOptions = z.strictObject({
  ...attackOptions,
  seed: seedOption,
  batches: z.int().min(2).default(8).meta({ description: 'batches of test images' }),
  statisticsBatch: statisticsBatch(128),
  normalizedBy: z.enum(normalizedByNames).default('running').meta({
    description: 'the NS that normalize the images: running ones, as in evaluation, or those of each batch',
  }),
  universalSteps: z
    .int()
    .min(1)
    .default(40)
    .meta({ description: 'steps of the ascent that makes the universal perturbation' }),
});

const sharesShape = {
  /** |E d|^2 / E |d|^2 of the channels' means of an image: what moves mu. */
  commonShare: z.number(),
  /** The same of their mean squares. */
  squareCommonShare: z.number(),
  /** The same of the values at all places. */
  positionCommonShare: z.number(),
  /** Of the squared shift of all values, the part that is the same for all images and places. */
  seenShare: z.number(),
  /** Root mean squares of the channels' mean shifts, in units of the running sigma: all, and what is common to images. */
  size: z.number(),
  commonSize: z.number(),
};

export const shiftResult = z.object({
  /** Images, and batches that the error is over. */
  images: z.int(),
  batches: z.int(),
  /** One for each AP and perturbation. */
  branches: z.array(
    z.object({
      ...apBranchShape,
      /** The running NS that images were attacked through, and whose units shifts are in. */
      runningStatistics: z.string(),
      perturbation: z.enum(perturbations),
      /** Of the images as they are, and perturbed, normalized as the request says. */
      cleanAccuracy: fraction,
      accuracy: fraction,
      /** Over layers; commonShareError is the jackknife's standard error over batches. */
      average: z.object({ ...sharesShape, commonShareError: z.number() }),
      layers: z.array(z.object({ layer: z.string(), ...sharesShape })),
    }),
  ),
});

export type ShiftDocument = AnalysisDocumentOf<'shift', typeof shiftOptions, typeof shiftResult>;

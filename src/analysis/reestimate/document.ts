/** The options and the result of reestimate. */
import { z } from 'zod';
import { cellShape } from '../../evaluation/index.ts';
import { accuracyShape, apBranchShape, examplesShape } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { estimationSchema } from '../estimation.ts';
import { attackOptions, estimationOptions, exampleOptions } from '../options.ts';
import { sampleTypes } from '../samples.ts';

export const reestimateOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  ...estimationOptions,
  sources: z
    .array(z.enum(sampleTypes))
    .min(1)
    .default([...sampleTypes])
    .meta({ description: 'the types of sample that statistics are re-estimated from' }),
});

export const reestimateResult = z.object({
  ...examplesShape,
  estimation: estimationSchema,
  /** The grid of NS x AP as the checkpoint has it. */
  raw: z.array(z.object({ ...cellShape, ...accuracyShape })),
  /** NS_x^y with AP_y: statistics of samples of type x, re-estimated through branch y. */
  reestimated: z.array(
    z.object({
      /** x */
      source: z.enum(sampleTypes),
      /** y */
      ...apBranchShape,
      /** The running NS that the adversarial images of x were made through, with AP_y. */
      runningStatistics: z.string(),
      ...accuracyShape,
    }),
  ),
});

export type ReestimateDocument = AnalysisDocumentOf<
  'reestimate',
  typeof reestimateOptions,
  typeof reestimateResult
>;

/** The options and the result of interpolate. */
import { z } from 'zod';
import { accuracyShape, cellSchema, examplesShape, fraction } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { estimationSchema } from '../estimation.ts';
import { attackOptions, estimationOptions, exampleOptions } from '../options.ts';
import { sampleTypes } from '../samples.ts';
import { statisticsAlong } from './interpolate.ts';

export const interpolateOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  from: z.string().optional().meta({
    description: 'the cell at t = 0: NS/AP, such as clean/clean; by default that of clean accuracy',
    value: 'cell',
  }),
  to: z.string().optional().meta({
    description: 'the cell at t = 1: NS/AP, such as adv/adv; by default that of robust accuracy',
    value: 'cell',
  }),
  ts: z
    .array(z.number().min(0).max(1))
    .min(1)
    .transform((ts) => [...ts].sort((a, b) => a - b))
    .default([0, 0.25, 0.5, 0.75, 1])
    .meta({ description: 'the points between the cells', flag: '--t' }),
  statistics: z.enum(statisticsAlong).default('reestimated').meta({ description: 'the NS at each t' }),
  source: z
    .enum(sampleTypes)
    .default('clean')
    .meta({ description: 'the type of sample that NS are re-estimated from' }),
  ...estimationOptions,
});

export const interpolateResult = z.object({
  ...examplesShape,
  /** At t = 0. */
  from: cellSchema,
  /** At t = 1. */
  to: cellSchema,
  /** Where statistics are re-estimated. */
  estimation: estimationSchema.exactOptional(),
  points: z.array(z.object({ t: fraction, ...accuracyShape })),
});

export type InterpolateDocument = AnalysisDocumentOf<
  'interpolate',
  typeof interpolateOptions,
  typeof interpolateResult
>;

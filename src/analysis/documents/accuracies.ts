/** The documents of the analyses that judge by accuracy: reestimate, interpolate, transfer and curve. */
import { z } from 'zod';
import {
  accuracyShape,
  attacksSchema,
  cellSchema,
  cellShape,
  estimationSchema,
  evaluatedShape,
  flagsSchema,
  fraction,
  intervalSchema,
  sourceSchema,
  subjectShape,
  throughShape,
} from './parts.ts';

/** The cells that the regime says its network is evaluated through. */
const evaluationCells = z.object({ clean: cellSchema, robust: cellSchema });

export const reestimateDocumentSchema = z.object({
  analysis: z.literal('reestimate'),
  ...subjectShape,
  ...evaluatedShape,
  evaluationCells,
  estimation: estimationSchema,
  /** The grid of NS x AP as the checkpoint has it. */
  raw: z.array(z.object({ ...cellShape, ...accuracyShape })),
  /** NS_x^y with AP_y: statistics of samples of type x, re-estimated through branch y. */
  reestimated: z.array(
    z.object({
      /** x */
      source: sourceSchema,
      /** y */
      ...throughShape,
      /** The running NS that the adversarial images of x were made through, with AP_y. */
      ownStatistics: z.string(),
      ...accuracyShape,
    }),
  ),
});

export const interpolateDocumentSchema = z.object({
  analysis: z.literal('interpolate'),
  ...subjectShape,
  ...evaluatedShape,
  evaluationCells,
  /** At t = 0. */
  from: cellSchema,
  /** At t = 1. */
  to: cellSchema,
  /** reestimated at each t; interpolated as AP are; or those of one end throughout. */
  statistics: z.enum(['reestimated', 'interpolated', 'from', 'to']),
  /** Where they are re-estimated: from what, and how. */
  source: sourceSchema.optional(),
  estimation: estimationSchema.optional(),
  points: z.array(z.object({ t: fraction, ...accuracyShape })),
});

export const transferDocumentSchema = z.object({
  analysis: z.literal('transfer'),
  ...subjectShape,
  ...evaluatedShape,
  evaluationCells,
  /** The one of `attacks` that was run. */
  attack: z.string(),
  cells: z.array(
    z.object({ ...cellShape, clean: fraction, cleanInterval: intervalSchema, outcomes: flagsSchema }),
  ),
  /** Every cell attacked, every cell predicting. */
  matrix: z.array(
    z.object({
      attacked: cellSchema,
      predicted: cellSchema,
      /** Right on the clean image and on every iterate of the attack. */
      robust: fraction,
      robustInterval: intervalSchema,
      outcomes: flagsSchema,
    }),
  ),
});

const { attacks: _, epsilon: __, ...curveShape } = evaluatedShape;

export const curveDocumentSchema = z.object({
  analysis: z.literal('curve'),
  ...subjectShape,
  ...curveShape,
  evaluationCells,
  /** Rising, as written. */
  epsilons: z.array(z.string()),
  points: z.array(
    z.object({
      epsilon: z.string(),
      /** Of epsilon, as a number. */
      value: z.number(),
      ...cellShape,
      attacks: attacksSchema,
      ...accuracyShape,
    }),
  ),
});

/** The options and the result of transfer. */
import { z } from 'zod';
import { cellShape } from '../../evaluation/index.ts';
import { cellSchema, examplesShape, flagsSchema, fraction, intervalSchema } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { attackOptions, exampleOptions } from '../options.ts';

export const transferOptions = z.strictObject({ ...attackOptions, ...exampleOptions });

export const transferResult = z.object({
  ...examplesShape,
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

export type TransferDocument = AnalysisDocumentOf<'transfer', typeof transferOptions, typeof transferResult>;

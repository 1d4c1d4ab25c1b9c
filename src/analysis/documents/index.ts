/** The JSON forms of analyses: what `dualbn analyze --json` prints and a run keeps in analyses/. */
import { z } from 'zod';
import {
  curveDocumentSchema,
  interpolateDocumentSchema,
  reestimateDocumentSchema,
  transferDocumentSchema,
} from './accuracies.ts';
import { affineDocumentSchema, gapDocumentSchema } from './distances.ts';
import type { accuracyShape, subjectShape } from './parts.ts';

/** Any of them; `analysis` says which. */
export const analysisDocumentSchema = z.discriminatedUnion('analysis', [
  reestimateDocumentSchema,
  interpolateDocumentSchema,
  transferDocumentSchema,
  curveDocumentSchema,
  gapDocumentSchema,
  affineDocumentSchema,
]);

export type AnalysisDocument = Readonly<z.output<typeof analysisDocumentSchema>>;
export type AnalysisName = AnalysisDocument['analysis'];
export type ReestimateDocument = Readonly<z.output<typeof reestimateDocumentSchema>>;
export type InterpolateDocument = Readonly<z.output<typeof interpolateDocumentSchema>>;
export type TransferDocument = Readonly<z.output<typeof transferDocumentSchema>>;
export type CurveDocument = Readonly<z.output<typeof curveDocumentSchema>>;
export type GapDocument = Readonly<z.output<typeof gapDocumentSchema>>;
export type AffineDocument = Readonly<z.output<typeof affineDocumentSchema>>;

/** What an analysis cannot know of itself. */
export type AnalysisSubject = { [Key in Exclude<keyof typeof subjectShape, 'seed'>]: AnalysisDocument[Key] };
/** Accuracies of one row, with the outcomes of examples. */
export type AccuracyRow = Readonly<z.output<z.ZodObject<typeof accuracyShape>>>;

export {
  affineDocumentSchema,
  curveDocumentSchema,
  gapDocumentSchema,
  interpolateDocumentSchema,
  reestimateDocumentSchema,
  transferDocumentSchema,
};

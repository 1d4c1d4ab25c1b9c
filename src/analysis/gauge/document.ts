/** The options and the result of the decomposition of y = a x + b, as an analysis of a run. */
import { z } from 'zod';
import { accuracyShape, cellSchema, examplesShape } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { attackOptions, exampleOptions } from '../options.ts';
import { origins } from './gauge.ts';

export const gaugeOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  from: z.string().optional().meta({
    description:
      'the cell that the change is from: NS/AP, such as clean/clean; by default that of clean accuracy',
    value: 'cell',
  }),
  to: z.string().optional().meta({
    description: 'the cell that it is to: NS/AP, such as adv/adv; by default that of robust accuracy',
    value: 'cell',
  }),
});

const share = z.number().nullable();
/** Of the change of log|a|: gammaShare and sigmaShare. Of that of b: the others. Null where nothing changed. */
const sharesShape = {
  gammaShare: share,
  sigmaShare: share,
  bGammaShare: share,
  bBetaShare: share,
  bMuShare: share,
  bSigmaShare: share,
};

/** Changes of accuracy from cell `from`, as fractions. */
const exchangeShape = z.object({ a: z.number(), b: z.number(), both: z.number() });

export const gaugeResult = z.object({
  ...examplesShape,
  from: cellSchema,
  to: cellSchema,
  /** Over layers. */
  average: z.object(sharesShape),
  /** Of the covariances of all layers: layers that change more count more. */
  pooled: z.object(sharesShape),
  layers: z.array(
    z.object({
      layer: z.string(),
      channels: z.int(),
      /** Channels of zero gamma, which have no log|a|. */
      zeros: z.int(),
      /** Channels whose a changes its sign. */
      signChanges: z.int(),
      /** Means over channels of the changes. */
      logGamma: z.number(),
      logSigma: z.number(),
      logA: z.number(),
      /** Standard deviations over channels of the changes of log|a| and b. */
      logASpread: z.number(),
      bSpread: z.number(),
      ...sharesShape,
    }),
  ),
  /** Every layer with a of one cell and b of one cell. */
  combinations: z.array(z.object({ a: z.enum(origins), b: z.enum(origins), ...accuracyShape })),
  /** What exchanging a alone, b alone, and both does to clean accuracy, and to robust accuracy by attack. */
  exchange: z.object({ clean: exchangeShape, robust: z.record(z.string(), exchangeShape) }),
});

export type GaugeDocument = AnalysisDocumentOf<'gauge', typeof gaugeOptions, typeof gaugeResult>;

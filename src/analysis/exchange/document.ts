/** Which layers' AP are exchanged, and what was found, in documents: options and result. */

import { z } from 'zod';
import { accuracyShape, examplesShape } from '../accuracies.ts';
import { apExchangeOptions, directionSchema, receivers } from '../ap-exchange.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { estimationSchema } from '../estimation.ts';
import { estimateSchema, exchangeMeasures, measuredSchema } from '../exchange-effects.ts';
import { exchangedParameters, layerSets } from './exchange.ts';

export const exchangeOptions = z.strictObject({
  ...apExchangeOptions,
  which: z
    .array(z.enum(layerSets))
    .min(1)
    .transform((asked) => layerSets.filter((each) => asked.includes(each)))
    .default([...layerSets])
    .meta({ description: 'the layers that are exchanged: each alone, the first ones, or the last ones' }),
  parameters: z
    .array(z.enum(exchangedParameters))
    .min(1)
    .transform((asked) => exchangedParameters.filter((each) => asked.includes(each)))
    .default(['both'])
    .meta({ description: 'what of their AP' }),
  layers: z.array(z.string()).default([]).meta({
    description:
      'the layers that are gone through, alone, as the last of the first or the first of the last; none: all',
    value: 'name',
  }),
});

const rowShape = {
  into: z.enum(receivers),
  which: z.enum(['none', ...layerSets, 'all']),
  /** Absent where nothing is exchanged. */
  parameters: z.enum(exchangedParameters).exactOptional(),
  /** The one layer, the last of a prefix, the first of a suffix. */
  layer: z.string().exactOptional(),
  /** How many layers are exchanged. */
  count: z.int().min(0),
  /** Over nothing exchanged. */
  gain: measuredSchema,
  ...accuracyShape,
};

/** By direction, then by kind of parameters: `halfAt.clean.both`. */
const byExchange = <Schema extends z.ZodType>(schema: Schema) =>
  z.partialRecord(z.enum(receivers), z.partialRecord(z.enum(exchangedParameters), schema));
/** And by measure: `halfAt.clean.both.robust`, absent where all layers have no effect on it. */
const byEffect = <Schema extends z.ZodType>(schema: Schema) =>
  byExchange(z.partialRecord(z.enum(exchangeMeasures), schema));

const layerShare = z.object({ layer: z.string(), ...estimateSchema.shape });

export const exchangeResult = z.object({
  ...examplesShape,
  /** Absent in a network without NS. */
  estimation: estimationSchema.exactOptional(),
  /** All of the network, in its order. */
  layers: z.array(z.string()),
  directions: z.array(directionSchema),
  rows: z.array(z.object(rowShape)),
  /** Of all layers: `gain.clean.both.robust`. */
  gain: byExchange(measuredSchema),
  /** How many of the first and of the last layers have half of it: `halfAt.clean.both.robust.suffix`. */
  halfAt: byEffect(
    z.object({ prefix: estimateSchema.exactOptional(), suffix: estimateSchema.exactOptional() }),
  ),
  /** Shares of it, by layer k: `share.clean.both.robust.one`. */
  share: byEffect(z.partialRecord(z.enum(layerSets), z.array(layerShare))),
});

export type ExchangeDocument = AnalysisDocumentOf<'exchange', typeof exchangeOptions, typeof exchangeResult>;
export type ExchangeResult = Readonly<z.output<typeof exchangeResult>>;
export type ExchangeRow = ExchangeResult['rows'][number];

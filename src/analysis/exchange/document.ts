/** Which AP are exchanged, and what was found, in documents: options, result, and the effects that are read off the rows. */

import { z } from 'zod';
import { accuracyShape, examplesShape } from '../accuracies.ts';
import { apExchangeOptions, directionSchema, receivers } from '../ap-exchange.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { estimationSchema } from '../estimation.ts';
import { gainsOf, gainsShape, halfOf } from '../exchange-effects.ts';
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
  ...accuracyShape,
};

export const exchangeResult = z.object({
  ...examplesShape,
  /** Absent in a network without NS. */
  estimation: estimationSchema.exactOptional(),
  /** In the network's order. */
  layers: z.array(z.string()),
  directions: z.array(directionSchema),
  rows: z.array(z.object(rowShape)),
  /** What exchange-effects.ts says of the rows. */
  effects: z.array(
    z.object({
      into: z.enum(receivers),
      parameters: z.enum(exchangedParameters),
      /** Of all layers. */
      gain: z.object(gainsShape),
      /** The fewest first layers, and the fewest last ones, that have half of the robust gain. */
      prefixHalf: z.int().min(1).exactOptional(),
      suffixHalf: z.int().min(1).exactOptional(),
      /** Of single layers, the one that changes robust accuracy most. */
      largest: z.object({ layer: z.string(), gain: z.object(gainsShape) }).exactOptional(),
    }),
  ),
});

export type ExchangeDocument = AnalysisDocumentOf<'exchange', typeof exchangeOptions, typeof exchangeResult>;
export type ExchangeResult = Readonly<z.output<typeof exchangeResult>>;
export type ExchangeRow = ExchangeResult['rows'][number];

/** Of each direction and each kind of parameters. */
export function effectsOf(
  rows: readonly ExchangeRow[],
  attack: string,
  layers: number,
): ExchangeResult['effects'] {
  return rows.flatMap((all) => {
    const { into, parameters, which } = all;
    const none = rows.find((row) => row.into === into && row.which === 'none');
    if (which !== 'all' || !parameters || !none) return [];
    const gain = gainsOf(all, none, attack);
    const of = (set: ExchangeRow['which']) =>
      rows.filter((row) => row.into === into && row.parameters === parameters && row.which === set);
    const half = (set: 'prefix' | 'suffix') => {
      const sizes = of(set).map((row) => ({ size: row.count, gain: gainsOf(row, none, attack).robust }));
      return sizes.length === 0
        ? undefined
        : halfOf([...sizes, { size: layers, gain: gain.robust }], gain.robust);
    };
    const singles = of('one').map(({ layer = '', ...row }) => ({ layer, gain: gainsOf(row, none, attack) }));
    const [largest] = [...singles].sort((a, b) => Math.abs(b.gain.robust) - Math.abs(a.gain.robust));
    const [prefixHalf, suffixHalf] = [half('prefix'), half('suffix')];
    return [
      {
        ...{ into, parameters, gain },
        ...(prefixHalf === undefined ? {} : { prefixHalf }),
        ...(suffixHalf === undefined ? {} : { suffixHalf }),
        ...(largest ? { largest } : {}),
      },
    ];
  });
}

/** Which channels' AP are exchanged, and what was found, in documents: options and result. */

import { z } from 'zod';
import { accuracyShape, examplesShape } from '../accuracies.ts';
import { apExchangeOptions, directionSchema, receivers } from '../ap-exchange.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { estimationSchema } from '../estimation.ts';
import { estimateSchema, exchangeMeasures, measuredSchema } from '../exchange-effects.ts';
import type { Share } from './channels.ts';
import { controls, orderNames } from './orders.ts';

/** A share as written, 1/16 or 0.25, read; undefined for none above 0 and below 1. */
export function readShare(text: string): Share | undefined {
  const [, over, under = '1'] = /^(\d*\.?\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const value = Number(over) / Number(under);
  return value > 0 && value < 1 ? { text, value } : undefined;
}

/** The shares of a request, the smallest first. */
export const sharesOf = (texts: readonly string[]): Share[] =>
  texts.flatMap((text) => readShare(text) ?? []).sort((a, b) => a.value - b.value);

const shareText = z.string().refine((text) => readShare(text) !== undefined, {
  error: 'expected a share of all channels, above 0 and below 1, such as 1/16',
});

export const channelsOptions = z.strictObject({
  ...apExchangeOptions,
  images: z.int().min(2).default(500).meta({
    description: 'training images that statistics are re-estimated from, and that attributions are of',
  }),
  shares: z
    .array(shareText)
    .min(1)
    .transform((texts) => [...new Set(sharesOf(texts).map(({ text }) => text))])
    .default(['1/64', '1/16', '1/4', '1/2'])
    .meta({ description: 'how many of all channels are exchanged', value: 'share' }),
  controls: z
    .array(z.enum(controls))
    .transform((asked) => controls.filter((each) => asked.includes(each)))
    .default([...controls])
    .meta({ description: 'what else is exchanged: as many channels drawn of all, or as many of each layer' }),
  draws: z.int().min(1).default(3).meta({ description: 'how often these are drawn' }),
});

const rowShape = {
  into: z.enum(receivers),
  order: z.enum(['none', ...orderNames, 'all']),
  /** Absent where nothing or everything is exchanged. */
  share: z.string().exactOptional(),
  /** Of a control, from 0. */
  draw: z.int().min(0).exactOptional(),
  /** How many channels are exchanged. */
  count: z.int().min(0),
  /** Over nothing exchanged. */
  gain: measuredSchema,
  ...accuracyShape,
};

/** Of draws, their mean, and each by itself. */
const carriedSchema = z.object({ ...estimateSchema.shape, draws: z.array(z.number()) });

export const channelsResult = z.object({
  ...examplesShape,
  /** Absent in a network without NS. */
  estimation: estimationSchema.exactOptional(),
  /** All of the network, in its order. */
  layers: z.array(z.object({ layer: z.string(), channels: z.int().min(1) })),
  directions: z.array(directionSchema),
  /** I of every channel, by direction and layer: `attribution.clean[0]` is of the first layer. */
  attribution: z.partialRecord(z.enum(receivers), z.array(z.array(z.number().min(0)))),
  rows: z.array(z.object(rowShape)),
  /** Of all channels: `gain.clean.robust`. */
  gain: z.partialRecord(z.enum(receivers), measuredSchema),
  /** Shares of it: `carried.clean.robust["1/16"].top`; absent where all channels have no effect on that accuracy. */
  carried: z.partialRecord(
    z.enum(receivers),
    z.partialRecord(
      z.enum(exchangeMeasures),
      z.record(z.string(), z.partialRecord(z.enum(orderNames), carriedSchema)),
    ),
  ),
});

export type ChannelsDocument = AnalysisDocumentOf<'channels', typeof channelsOptions, typeof channelsResult>;
export type ChannelsResult = Readonly<z.output<typeof channelsResult>>;
export type ChannelsRow = ChannelsResult['rows'][number];

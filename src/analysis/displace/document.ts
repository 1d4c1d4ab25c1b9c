/** The options and the result of NS displaced, as an analysis of a run. */
import { z } from 'zod';
import { accuracyShape, cellSchema, examplesShape } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { estimationSchema } from '../estimation.ts';
import { attackOptions, estimationOptions, exampleOptions } from '../options.ts';
import { directionNames } from './displace.ts';

export const displaceOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  ...estimationOptions,
  cell: z.string().optional().meta({
    description:
      'the cell whose NS are displaced: NS/AP, such as adv/adv; by default that of robust accuracy',
    value: 'cell',
  }),
  multiples: z
    .array(z.number().min(0.001))
    .min(1)
    .transform((all) => [...new Set(all)].sort((a, b) => a - b))
    .default([1, 2, 4, 8, 16, 32, 64])
    .meta({ description: 'the multiples of the displacement' }),
  draws: z.int().min(1).default(3).meta({ description: 'draws of random directions' }),
});

/** Null where accuracy did not move by a point at any multiple. */
const multiplesShape = z.object({ clean: z.number().nullable(), robust: z.number().nullable() });

export const displaceResult = z.object({
  ...examplesShape,
  cell: cellSchema,
  /** How the gap was measured. */
  estimation: estimationSchema,
  /** Accuracies with NS in their place. */
  base: z.object(accuracyShape),
  /** Of random directions: multiples of the gap at which accuracies have moved by a point. */
  multipleAtOnePoint: multiplesShape,
  directions: z.array(
    z.object({
      direction: z.enum(directionNames),
      /** The branch whose running NS it leads to. */
      towards: z.string().exactOptional(),
      /** Of one multiple: means over layers and channels of the displacements of mu, in sigma, and of log sigma. */
      size: z.object({ mu: z.number(), logSigma: z.number() }),
      multipleAtOnePoint: multiplesShape,
      points: z.array(z.object({ multiple: z.number(), draw: z.int(), ...accuracyShape })),
    }),
  ),
});

export type DisplaceDocument = AnalysisDocumentOf<'displace', typeof displaceOptions, typeof displaceResult>;

/** As people read it: 'random', or 'to NS clean'. */
export const directionLabel = ({
  direction,
  towards,
}: Pick<DisplaceDocument['result']['directions'][number], 'direction' | 'towards'>): string =>
  towards === undefined ? direction : `to NS ${towards}`;

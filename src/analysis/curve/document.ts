/** The options and the result of curve. */
import { z } from 'zod';
import { parseEpsilon } from '../../attacks/index.ts';
import { cellShape } from '../../evaluation/index.ts';
import { accuracyShape, examplesShape } from '../accuracies.ts';
import type { AnalysisDocumentOf } from '../definition.ts';
import { attackOption, epsilonOption, exampleOptions } from '../options.ts';

export const curveOptions = z.strictObject({
  attack: attackOption,
  epsilons: z
    .array(epsilonOption)
    .refine((all) => all.length > 0 && new Set(all.map(({ value }) => value)).size === all.length, {
      message: 'expected a list of bounds, each once',
    })
    .default([1, 2, 4, 8, 12, 16].map((size) => parseEpsilon(`${size}/255`)))
    .meta({ description: 'the bounds of the attack, each once', value: 'size' }),
  ...exampleOptions,
});

export const curveResult = z.object({
  ...examplesShape,
  points: z.array(
    z.object({
      /** As written. */
      epsilon: z.string(),
      /** Of epsilon, as a number. */
      value: z.number(),
      ...cellShape,
      ...accuracyShape,
    }),
  ),
});

export type CurveDocument = AnalysisDocumentOf<'curve', typeof curveOptions, typeof curveResult>;

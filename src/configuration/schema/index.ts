/**
 * What a run is asked to do: every key, its default, its meaning. The defaults are the full-scale recipe of Pang et
 * al. 2021 with dual-bn on CIFAR-10; presets only override.
 *
 * Not here: what the names of networks and regimes mean, and their options. The rooms that hold those tables check them
 * through the functions given to resolveConfiguration.
 */

import { z } from 'zod';
import type { Problem } from '../../errors.ts';
import { attackSchema, evaluationSchema, validationSchema } from './attack.ts';
import { dataSchema, networkSchema } from './data.ts';
import { checkpointSchema, engineSchema, optimizerSchema, regimeSchema, scheduleSchema } from './training.ts';
import { count } from './values.ts';

export const configurationSchema = z.strictObject({
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(0)
    .describe(
      'Decides every random number: initial weights, the validation split, order, augmentation, attacks.',
    ),
  data: dataSchema.prefault({}),
  network: networkSchema.prefault({}),
  regime: regimeSchema.prefault({}),
  attack: attackSchema.prefault({}),
  optimizer: optimizerSchema.prefault({}),
  schedule: scheduleSchema,
  epochs: count.default(110).describe('Passes over the training images.'),
  batchSize: count
    .default(128)
    .describe(
      'Clean images a training step; regimes that train on both halves see as many adversarial ones.',
    ),
  validation: validationSchema.prefault({}),
  evaluation: evaluationSchema.prefault({}),
  checkpoint: checkpointSchema.prefault({}),
  engine: engineSchema.prefault({}),
});

type DeepReadonly<T> = T extends object ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> } : T;

/** A complete, checked configuration. */
export type Configuration = DeepReadonly<z.output<typeof configurationSchema>>;

/**
 * Mappings whose other keys depend on one of theirs: choosing another kind or name drops what came with the former, so
 * that `--set schedule.kind=cosine` does not trip over a preset's milestones.
 */
export const CHOICES: Readonly<Record<string, string>> = {
  network: 'name',
  regime: 'name',
  schedule: 'kind',
  'attack.start': 'kind',
};

/** What no section can know alone; asked once every section is sound. */
export function crossProblems({ data, checkpoint }: Configuration): Problem[] {
  if (data.validationExamples > 0 || checkpoint.best === 'none') return [];
  return [
    {
      where: 'checkpoint.best',
      what: `expected none, because there are no validation images to choose by, found '${checkpoint.best}'`,
    },
  ];
}

/** Keys that, where nothing sets them, follow another key. */
export const FOLLOWERS: Readonly<Record<string, string>> = {
  'evaluation.norm': 'attack.norm',
  'evaluation.epsilon': 'attack.epsilon',
};

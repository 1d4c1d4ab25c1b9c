/**
 * What a run is asked to do: every key, its default, its meaning. The defaults are the full-scale recipe of Pang et
 * al. 2021 with dual-bn on CIFAR-10; presets only override.
 *
 * What the names of networks, regimes and attacks mean is up to the rooms that hold those tables.
 */

import { z } from 'zod';
import { attackSchema, evaluationSchema, validationSchema } from './attack.ts';
import { dataSchema, networkSchema } from './data.ts';
import { regimeSchema } from './regime.ts';
import {
  analysisSchema,
  checkpointSchema,
  engineSchema,
  initSchema,
  optimizerSchema,
  scheduleSchema,
} from './training.ts';
import type { DeepReadonly } from './values.ts';
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
  init: initSchema.exactOptional(),
  attack: attackSchema.prefault({}),
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
  epochs: count.default(110).describe('Passes over the training images.'),
  batchSize: count
    .default(128)
    .describe(
      'Clean images a training step; regimes that train on clean and adversarial images see as many adversarial ones.',
    ),
  validation: validationSchema.prefault({}),
  evaluation: evaluationSchema.prefault({}),
  checkpoint: checkpointSchema.prefault({}),
  analysis: analysisSchema.prefault({}),
  engine: engineSchema.prefault({}),
});

/** A complete, checked configuration. */
export type Configuration = DeepReadonly<z.output<typeof configurationSchema>>;

/**
 * Mappings whose other keys depend on one of theirs: choosing another kind or name drops what came with the former, so
 * that `--set schedule.kind=cosine` does not trip over a preset's milestones.
 */
export const CHOICES: Readonly<Record<string, string>> = {
  network: 'name',
  regime: 'name',
  optimizer: 'kind',
  schedule: 'kind',
  'attack.start': 'kind',
};

/** Keys that, where nothing sets them, follow another key. */
export const FOLLOWERS: Readonly<Record<string, string>> = {
  'evaluation.epsilon': 'attack.epsilon',
};

/**
 * Keys that are younger than the first runs, with the values that mean what was done before there were such keys. The hash
 * of a configuration leaves them out at these values, so that an older run's checkpoints stay its own.
 */
export const YOUNGER: Readonly<Record<string, unknown>> = {
  'optimizer.kind': 'sgd',
  'optimizer.weightDecay.adapter': 5e-4,
  'network.stem': 'small',
  'network.normalization': { kind: 'batch', affine: true, sandwich: false },
};

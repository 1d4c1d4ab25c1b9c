/**
 * What a run is asked to do: every key, its default, its meaning. The defaults are the full-scale recipe of Pang et
 * al. 2021 with dual-bn on CIFAR-10; presets only override.
 *
 * What the names of networks, regimes and attacks mean is up to the rooms that hold those tables.
 */

import { z } from 'zod';
import { devices, engineNames } from '../../engines/index.ts';
import { optimizerOptions, scheduleOptions } from '../../training/index.ts';
import { attackSchema, evaluationSchema, validationSchema } from './attack.ts';
import { dataSchema, networkSchema } from './data.ts';
import { regimeSchema } from './regime.ts';
import { count, type DeepReadonly } from './values.ts';

// The sections that say how a network is trained and what is looked at meanwhile, but for the attack.
export const initSchema = z
  .strictObject({
    run: z
      .string()
      .min(1)
      .describe(
        'The directory of the run whose network this one is initialized from; a relative path is sought beside this run first.',
      )
      .meta({ otherwise: 'a network of random weights' }),
    checkpoint: z.enum(['last', 'best']).default('last').describe('Which of its checkpoints.'),
  })
  .describe(
    'A trained network to initialize from, for regimes that need one (`bn-on-clean`, `bn-on-adv`) and any other that it fits. Only values are' +
      ' taken: momentum, schedule and epochs begin anew.',
  );

export const optimizerSchema = optimizerOptions
  .prefault({ kind: 'sgd' })
  .describe('How gradients move variables.');

export const scheduleSchema = scheduleOptions
  // Pang et al. 2021's baseline.
  .default({ kind: 'piecewise', milestones: [100, 105], factors: [0.1, 0.01] })
  .describe('The learning rate over the epochs.');

export const checkpointSchema = z.strictObject({
  everyEpochs: count.default(1).describe('Epochs between two writes of `checkpoints/last.safetensors`.'),
  best: z
    .enum(['robust', 'clean', 'none'])
    .default('robust')
    .describe(
      'The validation accuracy by which `checkpoints/best.safetensors` is chosen; never one of the test set.',
    ),
});

export const engineSchema = z.strictObject({
  name: z
    .enum(['auto', ...engineNames])
    .default('auto')
    .describe(
      'What executes the graphs; `auto` is `onednn` where its library is found, else `onnx`. `reference` is exact and ' +
        'very slow.',
    ),
  device: z
    .enum(devices)
    .default('cpu')
    .describe('Where the engine `onnx` computes; `dualbn doctor` lists what the installed runtime offers.'),
  threads: z
    .union([z.literal('auto'), count], { error: 'expected auto or a whole number of at least 1' })
    .default('auto')
    .describe('Threads; `auto` is one a core. Another number may change results in the last bits.')
    .meta({ values: '"auto" or a whole number of at least 1' }),
  convolution: z
    .enum(['auto', 'direct'])
    .default('auto')
    .describe(
      'How convolutions are computed; `auto` may use Winograd, which is faster and rounds a little more.',
    ),
});

export const analysisSchema = z.strictObject({
  gapEverySteps: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'Steps between two records of the domain gap (NS of adversarial, noisy and clean batches) and of the distance' +
        ' between branches in metrics.jsonl; 0 for none. The training stays the same to the bit.',
    ),
  gapBatchSize: z
    .int()
    .min(2)
    .default(64)
    .describe('Training images in each of the two batches that the gap is measured on, the same every time.'),
});

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
  'network.normalization.momentum': 0.1,
  'network.normalization': { kind: 'batch', affine: true, sandwich: false },
};

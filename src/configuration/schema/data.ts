/** The sections that say what is learned from, and by which network. */

import { z } from 'zod';
import { defaultGroups, defaultMomentum, networkNames, normalizationKinds, stems } from '../../nn/index.ts';
import { count, countOrAll } from './values.ts';

export const dataSchema = z.strictObject({
  dataset: z
    .string()
    .min(1)
    .default('cifar-10')
    .describe(
      'The data set: a name of `dualbn data list`, `folder:DIRECTORY` of images by class, or `idx:DIRECTORY`.',
    ),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The folder in which the data set is looked for.' +
        ' Not part of what is learned, so the same run may find its data elsewhere on another machine.',
    )
    .meta({ otherwise: '`DUALBN_DATA`, else the cache of the user' }),
  trainExamples: countOrAll
    .default('all')
    .describe(
      'Training images used, drawn by seed in the proportions of the classes, without the validation images.',
    )
    .meta({ values: '"all" or a whole number of at least 1' }),
  validationExamples: z
    .int()
    .min(0)
    .default(1000)
    .describe('Images set apart from the training set, by seed, on which the best checkpoint is chosen.'),
  augmentation: z
    .strictObject({
      padding: z
        .union([z.literal('auto'), z.int().min(0)], {
          error: 'expected auto or a whole number of at least 0',
        })
        .default('auto')
        .describe(
          'Zero pixels added on each side before a random crop to the original size; `auto` is what suits' +
            ' the data set.',
        )
        .meta({ values: '"auto" or a whole number of at least 0' }),
      flip: z
        .union([z.literal('auto'), z.boolean()], { error: 'expected auto, true or false' })
        .default('auto')
        .describe('Random horizontal flips; `auto` is what suits the data set (digits are not flipped).')
        .meta({ values: '"auto", true or false' }),
    })
    .prefault({})
    .describe('Random changes of training images, before the attack.'),
});

export const networkSchema = z
  .strictObject({
    name: z.enum(networkNames).default('resnet18').describe('The network.'),
    width: count
      .optional()
      .describe('Channels of the first stage; the cost grows with its square.')
      .meta({ otherwise: "the network's own" }),
    stem: z
      .enum(stems)
      .default('small')
      .describe(
        'The first layer: 3x3 with stride 1 for images of 32x32 or so, or, for those of 224x224, 7x7 with stride 2' +
          ' and a max-pool over 3x3 with stride 2, as in torchvision. `large` is for `resnet...` alone.',
      ),
    normalization: z
      .strictObject({
        kind: z
          .enum(normalizationKinds)
          .default('batch')
          .describe(
            'What is normalized together: a channel over the batch, or of each image a group of channels, one' +
              ' channel, or all. The latter three have no running NS, so only regimes with one NS can use them.',
          ),
        groups: count
          .optional()
          .describe('Groups of channels, for `group`; must divide the channels of every layer.')
          .meta({ otherwise: String(defaultGroups) }),
        momentum: z
          .number()
          .positive()
          .max(1)
          .default(defaultMomentum)
          .describe(
            "How far running NS follow the statistics of a batch, in PyTorch's sense: running = (1 - momentum) running + momentum batch.",
          ),
        affine: z
          .boolean()
          .default(true)
          .describe('Whether affine parameters (AP) are learned; without, gamma is 1 and beta 0.'),
        sandwich: z
          .boolean()
          .default(false)
          .describe('One affine that all share, followed by that of each branch; for regimes with AP apart.'),
      })
      .prefault({})
      .describe('The normalization of every layer.'),
    adapterRank: z
      .union([z.literal('full'), count], { error: 'expected full or a whole number of at least 1' })
      .optional()
      .describe(
        'Rank of the adapters, in regimes that have them: channels between two 1x1 convolutions, or one.',
      )
      .meta({ values: '"full" or a whole number of at least 1', otherwise: "the regime's own (full)" }),
  })
  .describe('How many sets of NS and AP it has is up to the regime, the shape of its input to the data set.');

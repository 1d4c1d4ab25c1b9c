/** The sections that say how a network is trained, but for the attack. */

import { z } from 'zod';
import { devices, engineNames } from '../../engines/index.ts';
import { count, positive } from './values.ts';

export const startSchema = z
  .strictObject({
    run: z
      .string()
      .min(1)
      .describe('The directory of the run whose network is the start.')
      .meta({ otherwise: 'a network of random weights' }),
    checkpoint: z.enum(['last', 'best']).default('last').describe('Which of its checkpoints.'),
  })
  .describe(
    'A trained network to start from, for regimes that ask for one (`bn-on-clean`) and any other that it fits. Only values are' +
      ' taken: momentum, schedule and epochs begin anew.',
  );

const decay = z.number().min(0).default(5e-4);

export const optimizerSchema = z
  .strictObject({
    learningRate: positive.default(0.1).describe('The learning rate that the schedule scales.'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum of SGD.'),
    nesterov: z.boolean().default(false).describe("Nesterov's form of momentum."),
    weightDecay: z
      .strictObject({
        weight: decay.describe('L2 penalty of convolutions, added to the gradient.'),
        head: decay.describe('L2 penalty of the classifier, its bias included.'),
        affine: decay.describe('L2 penalty of the affine parameters (AP).'),
        adapter: decay.describe('L2 penalty of adapters, in regimes that have them.'),
      })
      .prefault({})
      .describe('By role of the variable. Running statistics never decay.'),
  })
  .describe('Stochastic gradient descent, as PyTorch defines it.');

const piecewise = z
  .strictObject({
    kind: z.literal('piecewise').describe('Constant between milestones.'),
    milestones: z
      .array(count)
      .describe(
        'Epochs, counted from 0, at whose start the learning rate changes; one past the end has no effect.',
      )
      .meta({ values: 'a rising list of whole numbers' }),
    factors: z
      .array(positive)
      .describe('The learning rate from each milestone on, as a multiple of `optimizer.learningRate`.')
      .meta({ values: 'a list of numbers above 0, one a milestone' }),
  })
  .check((context) => {
    const { milestones, factors } = context.value;
    if (milestones.length !== factors.length) {
      context.issues.push({
        code: 'custom',
        path: ['factors'],
        message: `expected one factor a milestone (${milestones.length}), found ${factors.length}`,
        input: factors,
      });
    }
    if (milestones.some((epoch, i) => i > 0 && epoch <= milestones[i - 1])) {
      context.issues.push({
        code: 'custom',
        path: ['milestones'],
        message: `expected rising epochs, found [${milestones.join(', ')}]`,
        input: milestones,
      });
    }
  });

const cosine = z.strictObject({
  kind: z.literal('cosine').describe('Half a cosine from `optimizer.learningRate` to 0 at the end.'),
  warmup: z
    .number()
    .min(0)
    .default(0)
    .describe('Epochs, parts allowed, over which the learning rate first rises in a line from 0.'),
});

const cyclic = z.strictObject({
  kind: z
    .literal('cyclic')
    .describe('One triangle: in a line from 0 to `optimizer.learningRate` and back to 0.'),
  peak: z.number().positive().describe('The epoch, parts allowed, at which the learning rate is highest.'),
});

export const scheduleSchema = z
  .discriminatedUnion('kind', [piecewise, cosine, cyclic])
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

/** The sections that say how adversarial samples are made: in training, and in tests. */

import { z } from 'zod';
import { ascentNormNames, type Epsilon, parseEpsilon, suiteForms } from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';
import { attackName, count, countOrAll, epsilon, evaluatedName, positive } from './values.ts';

const norm = z.enum(ascentNormNames);

const start = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('gaussian').describe('x + deviation N(0, I), clipped to [0, 1].'),
      deviation: positive.default(0.001).describe('The standard deviation of the start.'),
    }),
    z.strictObject({ kind: z.literal('uniform').describe('A random point of the ball.') }),
    z.strictObject({ kind: z.literal('none').describe('The clean image.') }),
  ])
  .default({ kind: 'gaussian', deviation: 0.001 })
  .describe('Where the attack starts.');

export const attackSchema = z
  .strictObject({
    norm: norm.default('linf').describe('The norm that bounds the perturbation.'),
    epsilon: epsilon
      .prefault('8/255')
      .describe('The bound, for inputs in [0, 1]; at most 1 in L-infinity. Write `8/255`, not `0.031`.'),
    steps: z
      .int()
      .min(0)
      .default(10)
      .describe('Steps of projected gradient descent (PGD); 0 leaves the start, which is noise.'),
    stepSize: epsilon.prefault('2/255').describe('The length of a step, in the same norm.'),
    start,
    loss: z
      .enum(['ce', 'margin', 'kl'])
      .default('ce')
      .describe(
        'What the attack increases: cross-entropy, the margin of logits, or the divergence from clean.',
      ),
  })
  .check((context) => {
    if (context.value.norm !== 'linf') return;
    for (const key of ['epsilon', 'stepSize'] as const)
      context.issues.push(...tooLarge(key, context.value[key]));
  })
  .describe('The attack in training.');

export const validationSchema = z.strictObject({
  attack: attackName
    .default('pgd-10')
    .describe('The attack on the validation images, within `evaluation.epsilon`.'),
  everyEpochs: count
    .default(1)
    .describe('Epochs between two validations; the last epoch is always validated.'),
});

export const evaluationSchema = z
  .strictObject({
    attacks: z
      .array(evaluatedName)
      .min(1)
      .default(['pgd-10', 'pgd-20'])
      .describe('The attacks of a test. `pgd-<N>`: N steps of epsilon/4 from a uniform start in the ball.')
      .meta({
        values: `a list of names as in \`validation.attack\`, and of suites: ${suiteForms.map((form) => `"${form}"`).join(', ')}`,
      }),
    epsilon: epsilon
      .prefault('8/255')
      .describe('The bound of these attacks, all of one norm.')
      .meta({ otherwise: 'that of `attack.epsilon`' }),
    examples: countOrAll
      .default('all')
      .describe(
        'Test images that are attacked; the choice is the same for every run, a smaller one part of a larger.',
      )
      .meta({ values: '"all" or a whole number of at least 1' }),
    batchSize: count
      .default(100)
      .describe(
        'Images at once, in tests and validation; onednn always takes 64. Changes the speed and the memory, not the result.',
      ),
  })
  .describe('The test: every cell of the grid of NS and AP, attacked through itself.');

function tooLarge(key: string, written: Epsilon) {
  try {
    parseEpsilon(written.text, 1);
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return [{ code: 'custom' as const, path: [key], message: error.message, input: written.value }];
  }
}

/**
 * Auto-PGD (Croce & Hein 2020, arXiv 2003.01690), on cross-entropy and on the DLR loss. It has no step size to choose: steps begin
 * at 2 epsilon, and are halved wherever the loss stops growing. One run is in apgd-walk.ts, in L1 in apgd-l1.ts; towards targets APGD
 * is in apgd-targeted.ts.
 *
 * It follows the published code (fra31/auto-attack); but starts are a function of the seed and the example, not of the batch, and an
 * example is left at its first misclassified iterate, which changes no outcome.
 */
import { z } from 'zod';
import { absolute, differentiate, sum, sumAll, type Tensor } from '../graph/index.ts';
import { apgdInL1 } from './apgd-l1.ts';
import { type ApgdNorm, apgdInL2, apgdInLinf } from './apgd-walk.ts';
import {
  countOption,
  defineAttack,
  optionsSchema,
  type SearchExample,
  type SearchKey,
  type StepInputs,
  type StepOutputs,
  type Walk,
} from './definition.ts';
import { losses } from './losses.ts';
import type { NormName } from './norms.ts';

export interface Ball {
  readonly norm: NormName;
  readonly epsilon: number;
}

const apgdIn: Readonly<Record<NormName, ApgdNorm>> = {
  linf: apgdInLinf,
  l2: apgdInL2,
  l1: apgdInL1,
};

/** The first iterate, as far out as APGD goes. `draw` tells one attack's and target's start from another's. */
export function startOnSphere(
  { norm, epsilon }: Ball,
  { seed, example, restart: epoch }: SearchKey,
  draw: number,
  clean: Float32Array,
  x: Float32Array,
): void {
  apgdIn[norm].start(epsilon, { seed, purpose: 'apgd-start', example, epoch, draw }, clean, x);
}

/** One run of APGD, from a start that is in `x` already. */
export function apgdWalk(
  { norm, epsilon }: Ball,
  steps: number,
  { clean }: SearchExample,
  state: Walk['state'] = {},
): Walk {
  return { ...apgdIn[norm].walk(epsilon, steps, clean), state };
}

/** The graph of a loss: what a walk asks for. */
export const stepOnLoss =
  (lossAt: (logits: Tensor, inputs: StepInputs) => Tensor) =>
  (inputs: StepInputs): StepOutputs => {
    const { x, model } = inputs;
    const logits = model(x);
    const loss = lossAt(logits, inputs);
    const [gradient = x] = differentiate(sumAll(loss), [x]);
    return { logits, loss, gradient, gradientL1: sum(absolute(gradient), [1, 2, 3]) };
  };

export const apgdNorms = ['linf', 'l2', 'l1'] as const;
export const untargeted = ['ce', 'dlr'] as const;
export const apgdDefaults = () => ({ norm: 'linf', steps: 100, restarts: 1 }) as const;
export const inL2 = () => ({ norm: 'l2' });
export const inL1 = () => ({ norm: 'l1' });

const apgdOptions = optionsSchema('apgd', apgdNorms, {
  loss: z
    .enum(untargeted, { error: `expected one of ${untargeted.join(', ')}` })
    .describe('What is climbed.'),
  eot: countOption(1, 10_000).describe(
    'Passes of which the gradient is the mean, for networks that answer at random.',
  ),
});

export type ApgdOptions = Readonly<z.output<typeof apgdOptions>>;

export const apgdAttack = defineAttack({
  name: 'apgd',
  summary: 'ascent with momentum that halves its own steps',
  asks: 'gradients',
  forms: [
    { form: 'apgd-ce', summary: '100 steps of APGD on cross-entropy (Croce & Hein 2020)' },
    { form: 'apgd-ce-l2', summary: 'the same in L2', options: inL2 },
    { form: 'apgd-ce-l1', summary: 'the same in L1', options: inL1 },
    { form: 'apgd-dlr', summary: 'APGD on the difference of logits ratio', options: () => ({ loss: 'dlr' }) },
    { form: 'apgd-dlr-l2', summary: 'the same in L2', options: () => ({ loss: 'dlr', norm: 'l2' }) },
    { form: 'apgd-dlr-l1', summary: 'the same in L1', options: () => ({ loss: 'dlr', norm: 'l1' }) },
  ],
  options: apgdOptions,
  defaults: () => ({ ...apgdDefaults(), loss: 'ce', eot: 1 }),
  leastClasses: ({ loss }) => (loss === 'dlr' ? 3 : 2),
  search: ({ norm, epsilon, steps, loss, eot }) => ({
    // As the published code: of loss and prediction, the last pass alone counts.
    passes: { count: eot, mean: ['gradient', 'gradientL1'] },
    step: stepOnLoss((logits, inputs) => losses[loss](logits, inputs)),
    begin(example, x) {
      startOnSphere({ norm, epsilon }, example.key, untargeted.indexOf(loss), example.clean, x);
      return apgdWalk({ norm, epsilon }, steps, example);
    },
  }),
});

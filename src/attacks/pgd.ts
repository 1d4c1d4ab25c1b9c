/**
 * Projected gradient ascent (Madry et al. 2018, arXiv 1706.06083), as a graph and as an attack:
 *
 *   x_0 = project(images + start),    x_{t+1} = project(x_t + stepSize direction(d loss / d x_t))
 *
 * One step of size epsilon from the image itself is FGSM (Goodfellow et al. 2015, arXiv 1412.6572); one step of 1.25 epsilon
 * from a uniform start is FGSM-RS (Wong et al. 2020, arXiv 2001.03994).
 *
 * The graph knows neither branches nor evaluation mode: the model is a function from images to logits. As the model that an
 * attack looks at moves no running NS, an attack cannot. Training unrolls `perturb` into its step.
 */
import { z } from 'zod';
import {
  absolute,
  add,
  differentiate,
  multiply,
  type Operand,
  stopGradient,
  sum,
  sumAll,
  type Tensor,
} from '../graph/index.ts';
import { defineAttack, optionsSchema, type Search, sizeOption } from './definition.ts';
import { type Loss, type LossContext, type LossName, lossNames, lossOf, targetedLosses } from './losses.ts';
import { startImage, startSchema } from './noise.ts';
import { type AscentNormName, ascentNormNames, norms } from './norms.ts';
import { oneHotOf, targetOption, targetProblem, targetSuffixes, targetsOfWalks } from './targets.ts';

export interface Ascent extends LossContext {
  /** Clean images [N, C, H, W]. */
  readonly images: Tensor;
  readonly model: (images: Tensor) => Tensor;
  readonly loss: LossName | Loss;
  readonly norm: AscentNormName;
  /** May be tensors, so that one compiled step serves every epsilon. */
  readonly epsilon: Operand;
  readonly stepSize: Operand;
}

export interface Ascended {
  readonly next: Tensor;
  /** At x, [N, K]: the step has to know them anyway. */
  readonly logits: Tensor;
  /** At x, [N]. */
  readonly loss: Tensor;
  /** Of the summed loss at x, [N, C, H, W]. */
  readonly gradient: Tensor;
}

/** One step from x. */
export function ascend(x: Tensor, ascent: Ascent): Ascended {
  const { images, model, norm, epsilon, stepSize } = ascent;
  const { direction, project } = norms[norm];
  const logits = model(x);
  const loss = lossOf(ascent.loss)(logits, ascent);
  const [gradient = x] = differentiate(sumAll(loss), [x]);
  const next = project(add(x, multiply(stepSize, direction(gradient))), images, epsilon);
  return { next, logits, loss, gradient };
}

/** All steps unrolled: the adversarial images [N, C, H, W], as constants to whatever trains on them. */
export function perturb(
  ascent: Ascent,
  { start, steps }: { readonly start: Tensor; readonly steps: number },
): Tensor {
  let x = norms[ascent.norm].project(add(ascent.images, start), ascent.images, ascent.epsilon);
  for (let step = 0; step < steps; step += 1) x = ascend(x, ascent).next;
  return stopGradient(x);
}

const options = optionsSchema('pgd', ascentNormNames, {
  stepSize: sizeOption().describe('The length of a step, in the same norm.'),
  start: startSchema.describe('Where the attack starts.'),
  loss: z.enum(lossNames, { error: `expected one of ${lossNames.join(', ')}` }).describe('What is climbed.'),
  target: targetOption.exactOptional().describe('The class to lead towards; left out, any wrong one.'),
}).check(({ value: { loss, target }, issues }) => {
  const message = targetProblem(loss, target);
  if (message) issues.push({ code: 'custom', path: ['loss'], message, input: loss });
});

export type PgdOptions = Readonly<z.output<typeof options>>;

/** The test attacks are those of Pang et al. 2021 (arXiv 2010.00467): uniform start in the ball, step epsilon / 4. */
export const pgdAttack = defineAttack({
  name: 'pgd',
  summary: 'projected gradient ascent on a loss of the logits',
  asks: 'gradients',
  anytime: ({ target }) => target !== 'every-other',
  leastClasses: ({ loss, target }) => (loss !== 'dlr' ? 2 : target === undefined ? 3 : 4),
  draws: ({ start }) => start.kind !== 'none',
  forms: [
    {
      form: 'fgsm',
      summary: 'one step of epsilon from the image (Goodfellow et al. 2015)',
      options: (epsilon) => ({ steps: 1, stepSize: epsilon, start: { kind: 'none' } }),
    },
    { form: 'pgd-<N>', summary: 'N steps of epsilon / 4 from a uniform start' },
    { form: 'pgd-<N>-l2', summary: 'the same in L2', options: () => ({ norm: 'l2' }) },
    {
      form: 'margin-<N>',
      summary: 'as pgd-<N>, on the margin of the logits',
      options: () => ({ loss: 'margin' }),
    },
    {
      form: 'dlr-<N>',
      summary: 'as pgd-<N>, on the difference of logits ratio',
      options: () => ({ loss: 'dlr' }),
    },
    {
      form: 'fgsm-rs',
      summary: 'one step of 1.25 epsilon from a uniform start (Wong et al. 2020)',
      options: (epsilon) => ({ steps: 1, stepSize: 1.25 * epsilon }),
    },
  ],
  suffixes: targetSuffixes,
  options,
  defaults: (epsilon) => ({
    norm: 'linf',
    steps: 10,
    restarts: 1,
    stepSize: epsilon / 4,
    start: { kind: 'uniform' },
    loss: 'ce',
  }),
  search({ norm, epsilon, steps, stepSize, start, loss, target, restarts }, { classes }): Search {
    const targets = target === undefined ? undefined : targetsOfWalks(target, classes, restarts);
    const towards = targets && targetedLosses[loss];
    return {
      scalars: { epsilon, stepSize },
      ...(targets && { walks: targets.walks, state: { target: [classes] } }),
      ...(targets?.readsCleanLogits && { readsCleanLogits: true }),
      step({ x, scalars, state, ...given }) {
        const climbed = ascend(x, {
          ...given,
          loss: towards ? (logits, { labels }) => towards(logits, labels, state.target) : loss,
          norm,
          epsilon: scalars.epsilon,
          stepSize: scalars.stepSize,
        });
        const { next, logits } = climbed;
        return { next, logits, loss: climbed.loss, gradientL1: sum(absolute(climbed.gradient), [1, 2, 3]) };
      },
      begin(example, x) {
        const { key, clean, label } = example;
        const aim = targets?.of(example);
        // An example of the target class itself has nowhere to be led: it is looked at as it is, and left.
        const still = targets !== undefined && aim === undefined;
        if (still) x.set(clean);
        else startImage({ start, norm, epsilon }, key, clean, x);
        return {
          ...(targets && { state: { target: oneHotOf(aim ?? label, classes) } }),
          ...(aim !== undefined && { target: aim }),
          next({ step, output }) {
            if (still || step === steps) return 'done';
            x.set(output('next'));
            return 'continue';
          },
        };
      },
    };
  },
});

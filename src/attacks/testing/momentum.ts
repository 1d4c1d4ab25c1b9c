/**
 * An attack that is not built in, made as a library user would: MI-FGSM (Dong et al. 2018, arXiv 1710.06081).
 *
 *   g_{t+1} = decay g_t + gradient / |gradient|_1,    x_{t+1} = project(x_t + stepSize sign(g_{t+1}))
 */
import { z } from 'zod';
import { absolute, add, divide, multiply, sign, sum } from '../../graph/index.ts';
import { ascend, defineAttack, norms, optionsSchema, sizeOption, startImage } from '../index.ts';

export const momentumAttack = defineAttack({
  name: 'mifgsm',
  summary: 'sign steps along the sum of gradients',
  asks: 'gradients',
  anytime: true,
  forms: [{ form: 'mifgsm-<N>', summary: 'N steps of epsilon / 4' }],
  options: optionsSchema('mifgsm', ['linf'], {
    stepSize: sizeOption().describe('The length of a step.'),
    decay: z.number().min(0).max(1).describe('What is kept of earlier gradients.'),
  }),
  defaults: (epsilon) => ({ norm: 'linf', steps: 10, restarts: 1, stepSize: epsilon / 4, decay: 1 }),
  search: ({ norm, epsilon, steps, stepSize, decay }, { images }) => ({
    scalars: { epsilon, stepSize, decay },
    state: { sum: [images.channels, images.height, images.width] },
    step({ x, scalars, state, ...given }) {
      const { epsilon, stepSize, decay } = scalars;
      const { logits, loss, gradient } = ascend(x, { ...given, loss: 'ce', norm, epsilon, stepSize });
      const gradientL1 = sum(absolute(gradient), [1, 2, 3]);
      const unit = divide(gradient, add(sum(absolute(gradient), [1, 2, 3], true), 1e-12));
      const summed = add(multiply(state.sum, decay), unit);
      const next = norms.linf.project(add(x, multiply(stepSize, sign(summed))), given.images, epsilon);
      return { logits, loss, gradientL1, summed, next };
    },
    begin({ key, clean }, x) {
      startImage({ start: { kind: 'uniform' }, norm, epsilon }, key, clean, x);
      const state = { sum: new Float32Array(x.length) };
      return {
        state,
        next({ step, output }) {
          if (step === steps) return 'done';
          state.sum.set(output('summed'));
          x.set(output('next'));
          return 'continue';
        },
      };
    },
  }),
});

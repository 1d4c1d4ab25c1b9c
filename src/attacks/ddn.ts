/**
 * DDN, the attack by Decoupled Direction and Norm (Rony et al. 2019, arXiv 1811.09600), which seeks the nearest adversarial image in L2:
 *
 *   e_{t+1} = (1 - gamma) e_t where x_t is misclassified, else (1 + gamma) e_t,   e_0 = 1, gamma = 0.05
 *   d = x_t - x + a_t g / |g|,    x_{t+1} = clip(x + e_{t+1} d / |d|),    g the gradient of cross-entropy at x_t
 *
 * a_t falls from 1 to 0.01 along half a cosine, and e stays below the distance of the farthest corner of [0, 1]. Images are not rounded
 * to 256 levels, as authors do unless told otherwise: the distances of other attacks are not either. The last iterate is looked at too.
 */
import type { z } from 'zod';
import { normals } from '../random/index.ts';
import { stepOnLoss } from './apgd.ts';
import { defineAttack, optionsSchema, type Search, type SearchExample, type Walk } from './definition.ts';
import { losses } from './losses.ts';
import { annealed, startFromClean } from './minimal-norm-start.ts';
import { norms } from './norms.ts';

const gamma = 0.05;
const leastGradient = 1e-12;
// Starts and directions are numbered beyond those of APGD and FAB.
const firstDraw = 200_000;

/** The distance from an image to the farthest corner of [0, 1], in any norm. */
export const farthest = (clean: Float32Array, size: (perturbation: Float32Array) => number): number =>
  size(clean.map((value) => Math.max(value, 1 - value)));

function ddnWalk({ key, clean }: SearchExample, steps: number): Walk {
  const { size } = norms.l2;
  const most = farthest(clean, size);
  const d = new Float32Array(clean.length);
  let radius = 1;
  return {
    next({ step, misclassified, output }, x) {
      if (step === steps) return 'done';
      let gradient = output('gradient');
      let length = size(gradient);
      if (length < leastGradient) {
        // No direction is better than any other.
        const { seed, example, restart: epoch } = key;
        gradient = new Float32Array(x.length);
        normals({ seed, purpose: 'apgd-start', example, epoch, draw: firstDraw + 1 + step }, gradient);
        length = size(gradient);
      }
      const scale = annealed(1, 0.01, step, steps) / length;
      for (let i = 0; i < x.length; i += 1) d[i] = x[i] - clean[i] + scale * gradient[i];
      radius = Math.min(radius * (misclassified ? 1 - gamma : 1 + gamma), most);
      const stretch = radius / Math.max(size(d), leastGradient);
      for (let i = 0; i < x.length; i += 1) x[i] = Math.min(Math.max(clean[i] + stretch * d[i], 0), 1);
      return 'continue';
    },
  };
}

const options = optionsSchema('ddn', ['l2'], {});

export type DdnOptions = Readonly<z.output<typeof options>>;

export const ddnAttack = defineAttack({
  name: 'ddn',
  summary: 'the nearest adversarial image in L2, on spheres that shrink and grow',
  asks: 'gradients',
  forms: [{ form: 'ddn-<N>', summary: 'N steps of DDN, in L2 (Rony et al. 2019)' }],
  options,
  defaults: () => ({ norm: 'l2', steps: 100, restarts: 1 }),
  search: ({ norm, epsilon, steps }): Search => ({
    minimalNorm: { norm, epsilon },
    step: stepOnLoss((logits, inputs) => losses.ce(logits, inputs)),
    begin(example, x) {
      startFromClean({ norm, epsilon }, example.key, firstDraw, example.clean, x);
      return ddnWalk(example, steps);
    },
  }),
});

/**
 * FMN, the Fast Minimum-Norm attack (Pintor et al. 2021, arXiv 2102.12827), which seeks the nearest adversarial image in L-infinity, L2 or
 * L1. With g the gradient of the margin max_{j != y} z_j - z_y at x_t, d_t = x_t - x, and P the projection on the ball of radius e:
 *
 *   d_{t+1} = clip(x + P(d_t + a_t g / |g|_2)) - x
 *
 *   e_{t+1} = min((1 - c_t) e_t, the nearest distance so far)   where x_t is misclassified
 *             (1 + c_t) e_t                                     where an iterate before it was
 *             |d_t| + |margin| / |g|_dual                       else: as far as the border seems, were the margin linear
 *
 * a_t falls from 1 to 0.01 and c_t from 0.05 to 0.001, along half a cosine. The last iterate is looked at too.
 */
import type { z } from 'zod';
import { stepOnLoss } from './apgd.ts';
import { farthest } from './ddn.ts';
import { defineAttack, optionsSchema, type Search, type SearchExample, type Walk } from './definition.ts';
import { dualSize } from './hyperplane-projections.ts';
import { losses } from './losses.ts';
import { distanceOf } from './minimal-norm.ts';
import { annealed, inL1, startFromClean } from './minimal-norm-start.ts';
import { type NormName, normNames, norms } from './norms.ts';

const tiny = 1e-12;
// Starts are numbered beyond those of APGD, FAB and DDN.
const firstDraw = 3_000_000;

function fmnWalk(norm: NormName, { clean }: SearchExample, steps: number): Walk {
  const most = farthest(clean, norms[norm].size);
  let radius = Number.POSITIVE_INFINITY;
  let nearest = Number.POSITIVE_INFINITY;
  return {
    next({ step, misclassified, output }, x) {
      if (step === steps) return 'done';
      const gradient = output('gradient');
      const distance = distanceOf(norm, x, clean);
      const change = annealed(0.05, 0.001, step, steps);
      if (misclassified) {
        nearest = Math.min(nearest, distance);
        radius = Math.min((1 - change) * radius, nearest);
      } else if (nearest < Number.POSITIVE_INFINITY) radius *= 1 + change;
      else radius = distance + Math.abs(output('loss')[0]) / Math.max(dualSize[norm](gradient), tiny);
      radius = Math.min(radius, most);
      const scale = annealed(1, 0.01, step, steps) / Math.max(norms.l2.size(gradient), tiny);
      const d = x.map((value, i) => value - clean[i] + scale * gradient[i]);
      norms[norm].shrink(d, radius);
      for (let i = 0; i < x.length; i += 1) x[i] = Math.min(Math.max(clean[i] + d[i], 0), 1);
      return 'continue';
    },
  };
}

const options = optionsSchema('fmn', normNames, {});

export type FmnOptions = Readonly<z.output<typeof options>>;

export const fmnAttack = defineAttack({
  name: 'fmn',
  summary: 'the nearest adversarial image, in balls that shrink and grow',
  asks: 'gradients',
  forms: [
    { form: 'fmn-<N>', summary: 'N steps of FMN (Pintor et al. 2021)' },
    { form: 'fmn-<N>-l2', summary: 'the same in L2', options: () => ({ norm: 'l2' }) },
    { form: 'fmn-<N>-l1', summary: 'the same in L1', options: inL1 },
  ],
  options,
  defaults: () => ({ norm: 'linf', steps: 100, restarts: 1 }),
  search: ({ norm, epsilon, steps }): Search => ({
    minimalNorm: { norm, epsilon },
    step: stepOnLoss((logits, inputs) => losses.margin(logits, inputs)),
    begin(example, x) {
      startFromClean({ norm, epsilon }, example.key, firstDraw, example.clean, x);
      return fmnWalk(norm, example, steps);
    },
  }),
});

/**
 * Auto-PGD in L1 (Croce & Hein 2021, arXiv 2103.01208), as AutoAttack runs it. A step moves the few pixels of the largest gradients,
 * by as much each, and is projected on the ball and [0, 1] at once:
 *
 *   x_{t+1} = P(x_t + s u / |u|_1),    u = sign(g) where |g| is one of the largest q d of all d, else 0
 *
 * There is no momentum. How many pixels a step moves, and how far, follows from how sparse the best perturbation has become. It begins
 * in balls that are larger, where the loss is easier to climb, and comes nearer: 3 epsilon, 2 epsilon, epsilon, each from the best
 * point of the one before. What is misclassified in the first two counts for nothing.
 */
import { normals } from '../random/index.ts';
import type { ApgdNorm, Point } from './apgd-walk.ts';
import { inL1BallAndRange } from './l1-projection.ts';

export interface L1Stage {
  readonly epsilon: number;
  readonly steps: number;
}

/** The balls, and the steps in each. */
export function l1Stages(epsilon: number, steps: number): readonly L1Stage[] {
  const first = Math.ceil(0.3 * steps);
  const second = Math.min(first, steps - first);
  return [
    { epsilon: 3 * epsilon, steps: first },
    { epsilon: 2 * epsilon, steps: second },
    { epsilon, steps: steps - first - second },
  ];
}

/** `out` = the image of the ball around `clean` that is nearest to clean + perturbation. */
function project(epsilon: number, clean: Float32Array, perturbation: Float64Array, out: Float32Array): void {
  const moved = inL1BallAndRange(clean, perturbation, epsilon);
  for (let i = 0; i < out.length; i += 1) out[i] = Math.min(Math.max(clean[i] + moved[i], 0), 1);
}

const perturbationOf = (x: Float32Array, clean: Float32Array) =>
  Float64Array.from(x, (value, i) => value - clean[i]);

/**
 * Pixels that differ from the clean image. A pixel that is back is the clean one exactly; in the published code, which adds and
 * subtracts in float32, rounding may leave it changed, and it counts.
 */
function changedPixels(x: Float32Array, clean: Float32Array): number {
  let changed = 0;
  for (let i = 0; i < x.length; i += 1) if (x[i] !== clean[i]) changed += 1;
  return changed;
}

/** The rank, in ascending order, of the smallest gradient that moves its pixel. In float32, as the published code. */
function rankOf(changed: number, dimensions: number): number {
  const share = Math.fround(Math.fround(changed / dimensions) / 1.5);
  const rank = Math.fround(Math.fround(1 - share) * dimensions);
  return Math.floor(Math.min(Math.max(rank, 0), dimensions - 1));
}

/** The perturbation after a step of `size` from x, along the signs of the gradients from that rank on. */
function sparseStep({ x, gradient }: Point, clean: Float32Array, rank: number, size: number): Float64Array {
  const least = gradient.map(Math.abs).sort()[rank];
  const signs = gradient.map((value) => (Math.abs(value) >= least ? Math.sign(value) : 0));
  let count = 0;
  for (const sign of signs) count += Math.abs(sign);
  const each = size / (count + 1e-10);
  return perturbationOf(x, clean).map((value, i) => value + each * signs[i]);
}

/** The step size and the number of pixels that it moves, in a stage. */
function adaptation({ epsilon, steps }: L1Stage, clean: Float32Array, start: Float32Array) {
  const period = Math.max(Math.floor(0.04 * steps + 1e-9), 1);
  let changed = changedPixels(start, clean);
  let size = epsilon;
  return {
    size: () => size,
    rank: () => rankOf(changed, clean.length),
    /** After a step: whether to go on from the best point. */
    backToBest(step: number, best: Float32Array): boolean {
      if (step % period !== 0) return false;
      const now = changedPixels(best, clean);
      const sparser = now / changed < 0.95;
      size = sparser ? epsilon : Math.max(size / 1.5, epsilon / 10);
      changed = now;
      return sparser;
    },
  };
}

export const apgdInL1: ApgdNorm = {
  start(epsilon, stream, clean, x) {
    normals(stream, x);
    project(l1Stages(epsilon, 0)[0].epsilon, clean, Float64Array.from(x), x);
  },

  walk(epsilon, steps, clean) {
    const stages = l1Stages(epsilon, steps);
    let [at, taken] = [0, 0];
    let best: Point = { x: clean, gradient: clean, loss: Number.NEGATIVE_INFINITY };
    let adapted = adaptation(stages[0], clean, clean);
    const isLast = () => at === stages.length - 1;
    return {
      counts: isLast,
      next({ misclassified, output }, x) {
        if (misclassified && isLast()) return 'done';
        const stage = stages[at];
        let here: Point = { x: x.slice(), gradient: output('gradient').slice(), loss: output('loss')[0] };
        if (taken === 0) {
          best = here;
          adapted = adaptation(stage, clean, here.x);
        } else {
          if (here.loss > best.loss) best = here;
          if (adapted.backToBest(taken, best.x)) here = best;
        }
        if (taken < stage.steps) {
          taken += 1;
          project(stage.epsilon, clean, sparseStep(here, clean, adapted.rank(), adapted.size()), x);
          return 'continue';
        }
        if (isLast()) {
          x.set(best.x);
          return 'done';
        }
        [at, taken] = [at + 1, 0];
        project(stages[at].epsilon, clean, perturbationOf(best.x, clean), x);
        return 'same-step';
      },
    };
  },
};

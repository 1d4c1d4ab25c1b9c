/**
 * One run of Auto-PGD in L-infinity and L2 (Croce & Hein 2020, arXiv 2003.01690), whatever the loss: start, steps with momentum, and
 * when they are halved.
 *
 *   z = P(x_t + s direction(g_t)),    x_{t+1} = P(x_t + a (z - x_t) + (1 - a) (x_t - x_{t-1})),    a = 1 first, then 0.75
 *
 * with P the projection on the ball, then on [0, 1]. Where authors' paper and code differ, this follows the code
 * (fra31/auto-attack), so that trajectories are equal.
 */
import { normals, type StreamKey, uniforms } from '../random/index.ts';
import type { Walk } from './definition.ts';
import { norms } from './norms.ts';

/** APGD in a norm. */
export interface ApgdNorm {
  /** Fill `x` with the first iterate, which is drawn from a stream. */
  readonly start: (epsilon: number, stream: StreamKey, clean: Float32Array, x: Float32Array) => void;
  /** One run, from a start that is in `x` already. */
  readonly walk: (epsilon: number, steps: number, clean: Float32Array) => Walk;
}

// Of the published code: keeps what has no length from dividing by zero.
const tiny = 1e-12;
const intoImage = (value: number) => Math.min(Math.max(value, 0), 1);

/** What tells APGD in L2 from that in L-infinity. */
interface Geometry {
  /** Numbers whose direction is that of the start. */
  readonly draw: (stream: StreamKey, out: Float32Array) => void;
  readonly size: (perturbation: Float32Array) => number;
  /** `out` = x + size direction(gradient) */
  readonly ascend: (x: Float32Array, gradient: Float32Array, size: number, out: Float32Array) => void;
  /** The perturbed image `out`, brought into the ball around `clean`, then into [0, 1]. */
  readonly project: (epsilon: number, clean: Float32Array, out: Float32Array) => void;
}

const linf: Geometry = {
  draw: (stream, out) => uniforms(stream, out, -1, 1),
  size: norms.linf.size,
  ascend(x, gradient, size, out) {
    for (let i = 0; i < x.length; i += 1) out[i] = x[i] + size * Math.sign(gradient[i]);
  },
  project(epsilon, clean, out) {
    for (let i = 0; i < out.length; i += 1)
      out[i] = intoImage(clean[i] + Math.min(Math.max(out[i] - clean[i], -epsilon), epsilon));
  },
};

const l2: Geometry = {
  draw: (stream, out) => normals(stream, out),
  size: norms.l2.size,
  ascend(x, gradient, size, out) {
    const scale = size / (norms.l2.size(gradient) + tiny);
    for (let i = 0; i < x.length; i += 1) out[i] = x[i] + scale * gradient[i];
  },
  project(epsilon, clean, out) {
    let squares = 0;
    for (let i = 0; i < out.length; i += 1) squares += (out[i] - clean[i]) ** 2;
    const length = Math.sqrt(squares);
    const scale = Math.min(epsilon, length) / (length + tiny);
    for (let i = 0; i < out.length; i += 1) out[i] = intoImage(clean[i] + (out[i] - clean[i]) * scale);
  },
};

/** An iterate, the loss there and its gradient. */
export interface Point {
  readonly x: Float32Array;
  readonly gradient: Float32Array;
  readonly loss: number;
}

/** Steps after which the step size may be halved: for 100 steps 22, 41, 57, 70, 80, 87, 93, 99. */
export function checkpoints(steps: number): number[] {
  const part = (share: number) => Math.max(Math.floor(share * steps + 1e-9), 1);
  const after: number[] = [];
  let period = part(0.22);
  for (let at = period; at <= steps; at += period) {
    after.push(at);
    period = Math.max(period - part(0.03), part(0.06));
  }
  return after;
}

/** When the step size is halved, from the losses after steps 1, 2, ... alone. */
function halving(steps: number, startLoss: number) {
  const after = checkpoints(steps);
  const found = new Float32Array(steps);
  let [next, reduced, bestAtLast] = [0, true, startLoss];
  /** Whether to halve, after a step and its loss; `best` is the best loss so far, this one included. */
  return (step: number, loss: number, best: number): boolean => {
    found[step - 1] = loss;
    if (step !== after[next]) return false;
    const period = step - (after[next - 1] ?? 0);
    next += 1;
    let rises = 0;
    for (let at = step - period; at < step; at += 1)
      // In the first window the published code compares the loss after step 1 with the last place of its list, still 0.
      if (found[at] > found[(at - 1 + steps) % steps]) rises += 1;
    const halve = rises <= 0.75 * period || (!reduced && bestAtLast >= best);
    [reduced, bestAtLast] = [halve, best];
    return halve;
  };
}

const withMomentum = ({ draw, size: sizeOf, ascend, project }: Geometry): ApgdNorm => ({
  // On the sphere of radius epsilon, cut to [0, 1].
  start(epsilon, stream, clean, x) {
    draw(stream, x);
    const length = sizeOf(x) + tiny;
    for (let i = 0; i < x.length; i += 1) x[i] = intoImage(clean[i] + (epsilon * x[i]) / length);
  },

  walk(epsilon, steps, clean) {
    let size = 2 * epsilon;
    let before: Float32Array | undefined;
    let best: Point = { x: clean, gradient: clean, loss: Number.NEGATIVE_INFINITY };
    let halves = (_step: number, _loss: number, _best: number) => false;
    return {
      next({ step, misclassified, output }, out) {
        if (misclassified) return 'done';
        const loss = output('loss')[0];
        let here: Point = { x: out.slice(), gradient: output('gradient').slice(), loss };
        if (step === 0) {
          best = here;
          halves = halving(steps, loss);
        } else {
          if (loss > best.loss) best = here;
          if (halves(step, loss, best.loss)) {
            size /= 2;
            here = best;
          }
        }
        if (step === steps) {
          out.set(best.x);
          return 'done';
        }
        const { x, gradient } = here;
        const share = step === 0 ? 1 : 0.75;
        const previous = before ?? x;
        ascend(x, gradient, size, out);
        project(epsilon, clean, out);
        for (let i = 0; i < x.length; i += 1)
          out[i] = x[i] + (out[i] - x[i]) * share + (x[i] - previous[i]) * (1 - share);
        project(epsilon, clean, out);
        before = x;
        return 'continue';
      },
    };
  },
});

export const apgdInLinf = withMomentum(linf);
export const apgdInL2 = withMomentum(l2);

/**
 * The balls that attacks stay in, as values: the size of a perturbation, how it is brought into the ball, and a uniform start.
 * Of those that gradient ascent is defined for, the direction of steepest ascent and the projection too, as graphs:
 *
 *   linf  direction sign(g)        projection clip(x, x0 - epsilon, x0 + epsilon)
 *   l2    direction g / |g|_2      projection x0 + (x - x0) min(1, epsilon / |x - x0|_2)
 *
 * (Madry et al. 2018, arXiv 1706.06083.) Images stay in [0, 1] in either. In L1 steepest ascent would move one pixel at a time;
 * attacks in L1 have steps of their own and the projection of l1-projection.ts.
 */
import {
  add,
  clip,
  divide,
  maximum,
  minimum,
  multiply,
  type Operand,
  sign,
  sqrt,
  subtract,
  sum,
  type Tensor,
} from '../graph/index.ts';
import { normals, type StreamKey, uniforms } from '../random/index.ts';
import { inL1Ball } from './l1-projection.ts';

/** Any norm. */
export interface Norm {
  /** As reports write it. */
  readonly label: string;
  /** Fill `out`, the perturbation of one example, uniformly from the ball of radius epsilon. */
  readonly uniform: (key: StreamKey, out: Float32Array, epsilon: number) => void;
  /** Bring one example's perturbation into the ball, in place. */
  readonly shrink: (perturbation: Float32Array, epsilon: number) => void;
  /** The size of one example's perturbation. */
  readonly size: (perturbation: Float32Array) => number;
}

/** A norm in which gradient ascent (PGD) is defined. */
export interface AscentNorm extends Norm {
  /** The step of size 1 that raises the loss most, from its gradient [N, C, H, W]. */
  readonly direction: (gradient: Tensor) => Tensor;
  /** A point of the ball around `images` that is an image, x itself where it is one. All [N, C, H, W]. */
  readonly project: (x: Tensor, images: Tensor, epsilon: Operand) => Tensor;
}

// Keeps a zero gradient from dividing by zero; far below any length that matters.
const tiny = 1e-12;

/** |x|_2 of each example, [N, 1, 1, 1]. */
const length = (x: Tensor) => sqrt(add(sum(multiply(x, x), [1, 2, 3], true), tiny * tiny));

function scaleBy(values: Float32Array, factor: number): void {
  for (let at = 0; at < values.length; at += 1) values[at] *= factor;
}

const linf: AscentNorm = {
  label: 'L-infinity',
  direction: sign,
  project: (x, images, epsilon) =>
    clip(x, maximum(subtract(images, epsilon), 0), minimum(add(images, epsilon), 1)),
  uniform: (key, out, epsilon) => uniforms(key, out, -epsilon, epsilon),
  shrink: (perturbation, epsilon) => {
    for (let at = 0; at < perturbation.length; at += 1)
      perturbation[at] = Math.min(Math.max(perturbation[at], -epsilon), epsilon);
  },
  size: (perturbation) => perturbation.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
};

const l2: AscentNorm = {
  label: 'L2',
  direction: (gradient) => divide(gradient, length(gradient)),
  project: (x, images, epsilon) => {
    const perturbation = subtract(x, images);
    const shrink = minimum(divide(epsilon, length(perturbation)), 1);
    return clip(add(images, multiply(perturbation, shrink)), 0, 1);
  },
  // A normal direction, and the radius epsilon u^(1/d): uniform in the ball of d dimensions.
  uniform: (key, out, epsilon) => {
    const radius = new Float32Array(1);
    uniforms({ ...key, purpose: 'attack-restart' }, radius, 0, 1);
    normals(key, out);
    scaleBy(out, (epsilon * radius[0] ** (1 / out.length)) / Math.max(l2.size(out), tiny));
  },
  shrink: (perturbation, epsilon) => {
    const size = l2.size(perturbation);
    if (size > epsilon) scaleBy(perturbation, epsilon / size);
  },
  size: (perturbation) => Math.sqrt(perturbation.reduce((total, value) => total + value * value, 0)),
};

// Just below 1, so that no length is infinite.
const mostUniform = 1 - 2 ** -24;

const l1: Norm = {
  label: 'L1',
  // d exponential lengths with signs, over their sum and one length more: uniform in the ball of d dimensions
  // (Barthe et al. 2005, arXiv math/0503650).
  uniform: (key, out, epsilon) => {
    const last = new Float32Array(1);
    uniforms({ ...key, purpose: 'attack-restart' }, last, 0, 1);
    uniforms(key, out, -1, 1);
    let total = -Math.log1p(-last[0]);
    for (let at = 0; at < out.length; at += 1) {
      const value = Math.min(Math.max(out[at], -mostUniform), mostUniform);
      out[at] = -Math.sign(value) * Math.log1p(-Math.abs(value));
      total += Math.abs(out[at]);
    }
    scaleBy(out, epsilon / Math.max(total, tiny));
  },
  shrink: (perturbation, epsilon) => perturbation.set(inL1Ball(perturbation, epsilon)),
  size: (perturbation) => perturbation.reduce((total, value) => total + Math.abs(value), 0),
};

export const norms = { linf, l2, l1 } as const satisfies Record<string, Norm>;

export type NormName = keyof typeof norms;

export const normNames = ['linf', 'l2', 'l1'] as const satisfies readonly NormName[];

/** The norms in which gradient ascent is defined. */
export const ascentNormNames = ['linf', 'l2'] as const satisfies readonly NormName[];

export type AscentNormName = (typeof ascentNormNames)[number];

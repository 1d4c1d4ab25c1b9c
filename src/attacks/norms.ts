/**
 * The balls that attacks stay in, as values: direction of steepest ascent, projection, and a uniform start.
 *
 *   linf  direction sign(g)        projection clip(x, x0 - epsilon, x0 + epsilon)
 *   l2    direction g / |g|_2      projection x0 + (x - x0) min(1, epsilon / |x - x0|_2)
 *
 * (Madry et al. 2018, arXiv 1706.06083.) Images stay in [0, 1] in either.
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

export interface Norm {
  /** The step of size 1 that raises the loss most, from its gradient [N, C, H, W]. */
  readonly direction: (gradient: Tensor) => Tensor;
  /** A point of the ball around `images` that is an image, x itself where it is one. All [N, C, H, W]. */
  readonly project: (x: Tensor, images: Tensor, epsilon: Operand) => Tensor;
  /** Fill `out`, the perturbation of one example, uniformly from the ball of radius epsilon. */
  readonly uniform: (key: StreamKey, out: Float32Array, epsilon: number) => void;
  /** Bring one example's perturbation into the ball, in place. */
  readonly shrink: (perturbation: Float32Array, epsilon: number) => void;
  /** The size of one example's perturbation. */
  readonly size: (perturbation: Float32Array) => number;
}

// Keeps a zero gradient from dividing by zero; far below any length that matters.
const tiny = 1e-12;

/** |x|_2 of each example, [N, 1, 1, 1]. */
const length = (x: Tensor) => sqrt(add(sum(multiply(x, x), [1, 2, 3], true), tiny * tiny));

function scaleBy(values: Float32Array, factor: number): void {
  for (let at = 0; at < values.length; at += 1) values[at] *= factor;
}

const linf: Norm = {
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

const l2: Norm = {
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

export const norms = { linf, l2 } as const satisfies Record<string, Norm>;

export type NormName = keyof typeof norms;

export const normNames = ['linf', 'l2'] as const satisfies readonly NormName[];

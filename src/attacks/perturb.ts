/**
 * Projected gradient ascent as a graph (Madry et al. 2018, arXiv 1706.06083; one step from a random start is FGSM,
 * Goodfellow et al. 2015):
 *
 *   x_0 = project(images + start),    x_{t+1} = project(x_t + stepSize direction(d loss / d x_t))
 *
 * Nothing here knows branches or evaluation mode: the model is a function from images to logits. As the model that an
 * attack looks at moves no running NS, an attack cannot.
 */
import {
  add,
  differentiate,
  multiply,
  type Operand,
  stopGradient,
  sumAll,
  type Tensor,
} from '../graph/index.ts';
import { type Loss, type LossContext, type LossName, lossOf } from './losses.ts';
import { type NormName, norms } from './norms.ts';

export interface Ascent extends LossContext {
  /** Clean images [N, C, H, W]. */
  readonly images: Tensor;
  readonly model: (images: Tensor) => Tensor;
  readonly loss: LossName | Loss;
  readonly norm: NormName;
  /** May be tensors, so that one compiled step serves every epsilon. */
  readonly epsilon: Operand;
  readonly stepSize: Operand;
}

export interface Ascended {
  readonly next: Tensor;
  /** At x, [N, K]: the step has to know them anyway. */
  readonly logits: Tensor;
  /** Of the summed loss at x, [N, C, H, W]. */
  readonly gradient: Tensor;
}

/** One step from x. */
export function ascend(x: Tensor, ascent: Ascent): Ascended {
  const { images, model, norm, epsilon, stepSize } = ascent;
  const { direction, project } = norms[norm];
  const logits = model(x);
  const [gradient = x] = differentiate(sumAll(lossOf(ascent.loss)(logits, ascent)), [x]);
  const next = project(add(x, multiply(stepSize, direction(gradient))), images, epsilon);
  return { next, logits, gradient };
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

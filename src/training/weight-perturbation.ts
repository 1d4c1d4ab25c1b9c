/**
 * Adversarial weight perturbation, AWP (Wu et al. 2020, arXiv 2004.05884): the loss is not that of the weights w but that of
 * the worst weights near them, found by one step up the same loss,
 *
 *   v = gamma |w| g / |g|,   g = d loss / d w        per tensor; the gradient at w + v then moves w
 *
 * Perturbed is every trained tensor of more than one axis, as the authors' code does: convolutions, adapters and the matrix
 * of the head, but neither its bias nor AP.
 */
import {
  add,
  differentiate,
  divide,
  multiply,
  sqrt,
  stopGradient,
  sumAll,
  type Tensor,
  variable,
} from '../graph/index.ts';
import type { NetworkVariable, ReadVariable } from '../nn/index.ts';

// Keeps a zero gradient from dividing by zero; far below any length that matters.
const tiny = 1e-12;

const length = (x: Tensor) => sqrt(add(sumAll(multiply(x, x)), tiny * tiny));

/** What stands for each variable while the loss is that of w + v; `loss` is the one at w. */
export function perturbedWeights(
  loss: Tensor,
  trained: readonly NetworkVariable[],
  gamma: number,
): ReadVariable {
  const weights = trained.filter(({ shape }) => shape.length > 1);
  const gradients = differentiate(
    loss,
    weights.map((weight) => variable(weight)),
  );
  const perturbed = new Map(
    weights.map((weight, at) => {
      const w = variable(weight);
      const g = gradients[at] ?? w;
      const v = multiply(g, divide(multiply(length(w), gamma), length(g)));
      return [weight, add(w, stopGradient(v))] as const;
    }),
  );
  return (of) => perturbed.get(of) ?? variable(of);
}

/**
 * Losses of logits, one value an example: [N, K] to [N]. Training averages them, attacks climb their sum, so that an
 * example's gradient does not know how large its batch is.
 *
 *   ce      -log softmax(z)_y
 *   margin  max_{j != y} z_j - z_y                         (Carlini & Wagner 2017, arXiv 1608.04644)
 *   kl      sum_j p_j (log p_j - log q_j),  p = softmax(reference), q = softmax(z)   (TRADES, arXiv 1901.08573)
 */
import { exp, log, max, multiply, stopGradient, subtract, sum, type Tensor } from '../graph/index.ts';

/** What a loss may look at, besides the logits [N, K]. */
export interface LossContext {
  /** One-hot labels [N, K]. */
  readonly labels: Tensor;
  /** Logits of the clean images [N, K]; kl needs them. */
  readonly reference?: Tensor;
}

export type Loss = (logits: Tensor, context: LossContext) => Tensor;

/**
 * z - logsumexp(z), with the largest logit taken out first so that nothing overflows; taking out a constant changes
 * neither value nor gradient. [N, K]
 */
export function logSoftmax(logits: Tensor): Tensor {
  const shifted = subtract(logits, stopGradient(max(logits, [1], true)));
  return subtract(shifted, log(sum(exp(shifted), [1], true)));
}

const crossEntropy: Loss = (logits, { labels }) =>
  multiply(sum(multiply(labels, logSoftmax(logits)), [1]), -1);

// Takes the true class out of the running for the maximum; far beyond any logit, well inside float32.
const outOfTheRunning = 1e9;

const margin: Loss = (logits, { labels }) =>
  subtract(max(subtract(logits, multiply(labels, outOfTheRunning)), [1]), sum(multiply(labels, logits), [1]));

const kl: Loss = (logits, { reference }) => {
  if (!reference) throw new RangeError('the kl loss needs the logits of the clean images');
  const logP = logSoftmax(reference);
  return sum(multiply(exp(logP), subtract(logP, logSoftmax(logits))), [1]);
};

export const losses = { ce: crossEntropy, margin, kl } as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

/** The mean over examples: [N] to a scalar. */
export function meanOver(perExample: Tensor): Tensor {
  const [n = 1] = perExample.shape;
  return multiply(sum(perExample, [0]), 1 / n);
}

/**
 * Losses of logits, one value an example: [N, K] to [N]. Training averages them, attacks climb their sum, so that an
 * example's gradient does not know how large its batch is.
 *
 *   ce      -log softmax(z)_y
 *   margin  max_{j != y} z_j - z_y                         (Carlini & Wagner 2017, arXiv 1608.04644)
 *   dlr     (max_{j != y} z_j - z_y) / (z_(1) - z_(3) + 1e-12)     z_(k) the k-th largest (AutoAttack, arXiv 2003.01690)
 *   kl      sum_j p_j (log p_j - log q_j),  p = softmax(reference), q = softmax(z)   (TRADES, arXiv 1901.08573)
 *
 * and the two parts of MART (Wang et al. 2020, 'Improving Adversarial Robustness Requires Revisiting Misclassified
 * Examples', ICLR), p and q as above:
 *
 *   boosted-ce   -log q_y - log(1 - max_{j != y} q_j)
 *   weighted-kl  kl (1 - p_y)
 */
import { InputError } from '../errors.ts';
import {
  add,
  divide,
  exp,
  greater,
  log,
  max,
  maximum,
  minimum,
  multiply,
  stopGradient,
  subtract,
  sum,
  type Tensor,
} from '../graph/index.ts';

/** What a loss may look at, besides the logits [N, K]. */
export interface LossContext {
  /** One-hot labels [N, K]. */
  readonly labels: Tensor;
  /** Logits of the clean images [N, K]; losses that compare with them need them. */
  readonly reference?: Tensor;
}

export interface Loss {
  (logits: Tensor, context: LossContext): Tensor;
  /** What errors call it. */
  readonly label?: string;
  /** Whether it looks at the logits of the clean images. */
  readonly comparesWithClean?: boolean;
}

/** A loss of your own, for regimes and attacks in training; the function says one value an example, [N, K] to [N]. */
export function defineLoss(
  values: (logits: Tensor, context: LossContext) => Tensor,
  about: { readonly label?: string; readonly comparesWithClean?: boolean } = {},
): Loss {
  return Object.assign((logits: Tensor, context: LossContext) => values(logits, context), about);
}

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

/** z without the true class: its logit is far below all others. [N, K] */
const withoutTrueClass = (logits: Tensor, labels: Tensor) =>
  subtract(logits, multiply(labels, outOfTheRunning));

const margin: Loss = (logits, { labels }) =>
  subtract(max(withoutTrueClass(logits, labels), [1]), sum(multiply(labels, logits), [1]));

/**
 * Rows [N, K] that pick the k-th largest logit for each k asked for, z_(k) = sum_j r_j z_j: one-hot, or, where classes tie for the
 * place, equal shares of them. They are constants to a gradient, which so is that of sorting.
 */
function orderRows(logits: Tensor, places: readonly number[]): Tensor[] {
  let rest = stopGradient(logits);
  let before: Tensor | undefined;
  const levels = Array.from({ length: Math.max(...places) }, () => {
    const isTop = subtract(1, greater(max(rest, [1], true), rest));
    const ties = sum(isTop, [1], true);
    const upTo = before ? add(before, ties) : ties;
    const level = { row: divide(isTop, ties), before, upTo };
    rest = subtract(rest, multiply(isTop, outOfTheRunning));
    before = upTo;
    return level;
  });
  return places.map((place) =>
    levels
      .map(({ row, before, upTo }) => {
        const reached = greater(upTo, place - 0.5);
        return multiply(row, before ? multiply(reached, greater(place - 0.5, before)) : reached);
      })
      .reduce(add),
  );
}

/** @throws InputError where a network has fewer classes than the loss compares. */
function atLeastClasses(logits: Tensor, least: number, loss: string, instead: string): void {
  const classes = logits.shape[1];
  if (classes < least)
    throw new InputError(
      `the loss ${loss} compares ${least} classes, and the network has ${classes}: use ${instead}`,
    );
}

const picked = (row: Tensor, logits: Tensor) => sum(multiply(row, logits), [1]);

// Of the published code: keeps equal logits from dividing by zero.
const tinyGap = 1e-12;

const dlr: Loss = (logits, context) => {
  atLeastClasses(logits, 3, 'dlr', 'ce or margin');
  const [first, third] = orderRows(logits, [1, 3]);
  const gap = subtract(picked(first, logits), picked(third, logits));
  return divide(margin(logits, context), add(gap, tinyGap));
};

/**
 * The DLR loss towards a class t, [N]: (z_t - z_y) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12).
 *
 * @param target One-hot [N, K].
 * @throws InputError for fewer than four classes.
 */
export function targetedDlr(logits: Tensor, labels: Tensor, target: Tensor): Tensor {
  atLeastClasses(logits, 4, 'dlr towards a class', 'ce or margin (attacks such as apgd-ce and margin-100)');
  const [first, third, fourth] = orderRows(logits, [1, 3, 4]);
  const far = multiply(add(picked(third, logits), picked(fourth, logits)), 0.5);
  const gap = add(subtract(picked(first, logits), far), tinyGap);
  return divide(subtract(picked(target, logits), picked(labels, logits)), gap);
}

/**
 * What is climbed towards a class t, [N]; ce as Kurakin et al. 2017 (arXiv 1607.02533).
 *
 *   ce      log softmax(z)_t
 *   margin  z_t - z_y
 *   dlr     as targetedDlr
 *
 * @param target One-hot [N, K].
 */
export const targetedLosses: Partial<
  Readonly<Record<LossName, (logits: Tensor, labels: Tensor, target: Tensor) => Tensor>>
> = {
  ce: (logits, _labels, target) => picked(target, logSoftmax(logits)),
  margin: (logits, labels, target) => subtract(picked(target, logits), picked(labels, logits)),
  dlr: targetedDlr,
};

function referenceOf({ reference }: LossContext): Tensor {
  if (!reference) throw new RangeError('this loss needs the logits of the clean images');
  return reference;
}

const kl = defineLoss(
  (logits, context) => {
    const logP = logSoftmax(referenceOf(context));
    return sum(multiply(exp(logP), subtract(logP, logSoftmax(logits))), [1]);
  },
  { comparesWithClean: true },
);

/**
 * log(1 - max_{j != y} q_j), [N], as the log of what all other classes add up to: 1 - q would be lost to rounding where the
 * network is sure of a wrong class.
 *
 *   log(1 - q_t) = log sum_{j != t} exp(z_j) - log sum_j exp(z_j),     t = argmax_{j != y} z_j
 *
 * Where several classes tie for t, all are taken out of the sum and all but one put back.
 */
function logNotSecond(logits: Tensor, labels: Tensor): Tensor {
  const wrong = withoutTrueClass(logits, labels);
  const top = max(wrong, [1], true); // [N, 1]
  const isTop = subtract(1, greater(top, wrong)); // [N, K], 1 where z_j is the largest of the wrong ones
  const tied = subtract(sum(isTop, [1], true), 1);
  const rest = subtract(logits, multiply(isTop, outOfTheRunning));
  const tiedTop = subtract(top, multiply(subtract(1, minimum(tied, 1)), outOfTheRunning));
  const largest = stopGradient(maximum(max(rest, [1], true), tiedTop));
  const restSum = add(
    sum(exp(subtract(rest, largest)), [1], true),
    multiply(tied, exp(minimum(subtract(top, largest), 0))),
  );
  const all = subtract(logits, logSoftmax(logits)); // [N, K], log sum_j exp(z_j) in every column
  const some = sum(multiply(labels, all), [1]);
  return subtract(sum(add(log(restSum), largest), [1]), some);
}

const boostedCrossEntropy: Loss = (logits, context) =>
  subtract(crossEntropy(logits, context), logNotSecond(logits, context.labels));

const weightedKl = defineLoss(
  (logits, context) => {
    const trueClass = sum(multiply(context.labels, exp(logSoftmax(referenceOf(context)))), [1]);
    return multiply(kl(logits, context), subtract(1, trueClass));
  },
  { comparesWithClean: true },
);

export const losses = {
  ce: crossEntropy,
  margin,
  dlr,
  kl,
  'boosted-ce': boostedCrossEntropy,
  'weighted-kl': weightedKl,
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

export const lossNames = [
  'ce',
  'margin',
  'dlr',
  'kl',
  'boosted-ce',
  'weighted-kl',
] as const satisfies readonly LossName[];

/** A loss by its name, or as it is. */
export const lossOf = (loss: LossName | Loss): Loss => (typeof loss === 'string' ? losses[loss] : loss);

/** A loss as people read it. */
export const lossLabel = (loss: LossName | Loss): string =>
  typeof loss === 'string' ? loss : (loss.label ?? 'a loss of your own');

/** The mean over examples: [N] to a scalar. */
export function meanOver(perExample: Tensor): Tensor {
  const [n = 1] = perExample.shape;
  return multiply(sum(perExample, [0]), 1 / n);
}

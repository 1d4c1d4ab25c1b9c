/**
 * Whether ONNX Runtime and the program agree on a few real images: about a model that was exported, and about one that was
 * read.
 */
import {
  attack,
  batchShape,
  drawStarts,
  type Examples,
  type Model,
  norms,
  oneHot,
  type PgdOptions,
  predictor,
} from '../attacks/index.ts';
import { RunError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import type { LeftOut } from '../onnx/index.ts';
import type { OnnxSession } from './onnx-session.ts';

/** Names of the inputs and outputs of exported models. */
export const onnxNames = {
  images: 'images',
  logits: 'logits',
  labels: 'labels',
  start: 'start',
  adversarial: 'adversarial',
} as const;

export interface OnnxCheck {
  readonly images: number;
  /** Between logits, or between pixels of adversarial images. */
  readonly largestDifference: number;
  /** Of an attack, the share of pixels that are not the same to 1e-5. */
  readonly otherPixels?: number;
}

/** Of the largest logit, or of 1. */
const logitTolerance = 1e-4;
const pixelTolerance = 1e-5;
/**
 * Where a gradient is within rounding of zero (or below what float32 holds, for an image the network is sure of), its sign
 * is a matter of rounding, and every later step of that image sees another image. So some pixels may differ; where more do,
 * the losses that both attacks reach must be the same.
 */
const otherPixelsAllowed = 0.05;
/** Of the mean loss, or of 1. */
const lossTolerance = 0.02;

/** The largest difference; infinities of one sign agree, as of masked classes or of logarithms of 0. NaN for a NaN. */
const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, at) => Math.max(most, value === b[at] ? 0 : Math.abs(value - b[at])), 0);

/** The largest finite logit, or 1. */
const scaleOf = (logits: Float32Array) =>
  logits.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1);

/** @throws RunError where the logits differ, at the number of images given or one at a time. */
export async function checkClassifier(
  model: Model,
  session: OnnxSession,
  images: Float32Array,
  batch?: number,
): Promise<OnnxCheck> {
  const size = sizeOf(batchShape(model.network, 1));
  const count = images.length / size;
  const predict = predictor(model, count);
  const own = await predict(images).finally(() => predict.dispose());
  const { classes } = model.network;
  const scale = scaleOf(own);
  let most = 0;
  for (const [from, to] of [[0, count], ...(batch === undefined ? [[0, 1] as const] : [])] as const) {
    const shape = batchShape(model.network, to - from);
    const given = images.slice(from * size, to * size);
    const { [onnxNames.logits]: logits } = await session.run({
      [onnxNames.images]: { values: given, shape },
    });
    const expected = own.subarray(from * classes, to * classes);
    if (logits.length !== expected.length)
      throw new RunError(`the exported model gives ${logits.length} logits for ${to - from} images`);
    most = Math.max(most, largest(logits, expected));
  }
  // Written so that NaN fails, too.
  if (!(most <= logitTolerance * scale))
    throw new RunError(
      `the exported model differs from the program by ${most} in a logit of ${count} images`,
    );
  return { images: count, largestDifference: most };
}

/** @throws RunError where the adversarial images differ, or leave the ball. */
export async function checkAttackModel(
  model: Model,
  session: OnnxSession,
  options: PgdOptions,
  { images, labels }: Examples,
): Promise<OnnxCheck> {
  const { network } = model;
  const count = labels.length;
  const size = sizeOf(batchShape(network, 1));
  const run = attack(model, options, { seed: 0, batchSize: count });
  const own = await run({ images, labels }).finally(() => run.dispose());
  const keys = Array.from({ length: count }, (_, example) => ({ seed: 0, example }));
  const shape = batchShape(network, count);
  const { [onnxNames.adversarial]: adversarial } = await session.run({
    [onnxNames.images]: { values: images, shape },
    [onnxNames.labels]: { values: oneHot(labels, network.classes), shape: [count, network.classes] },
    [onnxNames.start]: { values: drawStarts(options, keys, size), shape },
  });
  const other = adversarial.filter(
    (value, at) => !(Math.abs(value - own.adversarial[at]) <= pixelTolerance),
  ).length;
  const otherPixels = other / adversarial.length;
  const beyond = Math.max(
    ...keys.map((_, at) => {
      const pixels = adversarial.subarray(at * size, (at + 1) * size);
      return (
        norms[options.norm].size(pixels.map((value, i) => value - images[at * size + i])) - options.epsilon
      );
    }),
  );
  const found = { images: count, largestDifference: largest(adversarial, own.adversarial), otherPixels };
  const inside = beyond <= pixelTolerance && adversarial.every((value) => value >= 0 && value <= 1);
  const sameEffect = async () => {
    const ownLoss = await meanLoss(model, own.adversarial, labels);
    const otherLoss = await meanLoss(model, adversarial, labels);
    return Math.abs(otherLoss - ownLoss) <= lossTolerance * Math.max(1, ownLoss);
  };
  if (!inside || !(otherPixels <= otherPixelsAllowed || (await sameEffect())))
    throw new RunError(
      inside
        ? `the exported attack differs from the program's in ${(100 * otherPixels).toFixed(1)} % of the pixels of ${count} images`
        : `the exported attack leaves the ball of ${options.epsilon}, or [0, 1]`,
    );
  return found;
}

/** Cross-entropy of images, by the program. */
async function meanLoss(model: Model, images: Float32Array, labels: ArrayLike<number>): Promise<number> {
  const { classes } = model.network;
  const predict = predictor(model, labels.length);
  const logits = await predict(images).finally(() => predict.dispose());
  const losses = Array.from(labels, (label, at) => {
    const row = logits.subarray(at * classes, (at + 1) * classes);
    const most = Math.max(...row);
    return most + Math.log(row.reduce((sum, value) => sum + Math.exp(value - most), 0)) - row[label];
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

export interface Reading {
  /** Logits [N, classes] as the program has them. */
  readonly own: Float32Array;
  /** The file's output in ONNX Runtime. */
  readonly theirs: Float32Array;
  readonly classes: number;
  readonly leftOut: LeftOut | undefined;
}

/** Of the largest logit, or of 1: both sides may take other ways through a network of elsewhere. */
const readingTolerance = 1e-3;

/** @throws RunError where a file was read wrongly. */
export function checkReading(path: string, { own, theirs, classes, leftOut }: Reading): void {
  const compared = comparedAs[leftOut ?? 'nothing'];
  const [ours, others] = [compared.own(own, classes), compared.runtime(theirs)];
  const difference = largest(ours, others);
  // Written so that NaN on one side fails, too.
  if (!(difference <= readingTolerance * scaleOf(others)))
    throw new RunError(
      `${path} was read wrongly: its logits differ by ${difference} from those of ONNX Runtime; this is a fault of dualbn. Attacks by logits alone work: --attack square-1000`,
    );
}

interface Compared {
  readonly own: (logits: Float32Array, classes: number) => Float32Array;
  readonly runtime: (output: Float32Array) => Float32Array;
}

const asItIs = (values: Float32Array) => values;

/** What of both sides is compared where our graph ends before the file's. */
const comparedAs: Readonly<Record<LeftOut | 'nothing', Compared>> = {
  nothing: { own: asItIs, runtime: asItIs },
  LogSoftmax: { own: logSoftmax, runtime: asItIs },
  Softmax: { own: softmax, runtime: asItIs },
  // Where float32 has no smaller probability than 0 its logarithm is -Infinity, so that probabilities are compared.
  'Log of Softmax': { own: softmax, runtime: (output) => output.map(Math.exp) },
};

function logSoftmax(logits: Float32Array, classes: number): Float32Array {
  return logits.map((value, at) => {
    const row = logits.subarray(at - (at % classes), at - (at % classes) + classes);
    const most = Math.max(...row);
    return value - most - Math.log(row.reduce((sum, other) => sum + Math.exp(other - most), 0));
  });
}

function softmax(logits: Float32Array, classes: number): Float32Array {
  return logSoftmax(logits, classes).map(Math.exp);
}

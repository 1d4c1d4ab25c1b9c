/** Whether an exported ONNX model does what the program does: both are run on a few real images, and compared. */
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
import { onnxNames } from './onnx-model.ts';
import type { OnnxSession } from './onnx-session.ts';

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

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at])), 0);

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
  const scale = own.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
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

/**
 * What attacks and evaluations look at: a network's values in an engine, seen through one cell of NS x AP, and the examples
 * that they are given.
 */
import type { Engine, Program } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { input, makeStep, sizeOf } from '../graph/index.ts';
import { type Cell, classify, type Network } from '../nn/index.ts';

export interface Model {
  readonly engine: Engine;
  readonly network: Network;
  readonly cell: Cell;
}

/** What attacks and evaluations ask of a model besides its logits. */
export type Subject = Pick<Network, 'name' | 'classes' | 'images'>;

/** A model of which nothing is known but its logits, so that no gradient can be had: another program runs it. */
export interface LogitModel {
  readonly network: Subject;
  readonly cell: Cell;
  /** Logits [N, K] of images [N, C, H, W]. */
  readonly logits: (images: Float32Array) => Promise<Float32Array>;
}

/** Any model that can be attacked, if not by every attack. */
export type Classifier = Model | LogitModel;

/** The shape of a batch of n of the network's images. */
export function batchShape({ images }: Subject, n: number): readonly [number, number, number, number] {
  return [n, images.channels, images.height, images.width];
}

/** One-hot labels [N, K] from class numbers. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at] ?? -1;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new RangeError(`label ${label} of example ${at} is not a class number from 0 to ${classes - 1}`);
    rows[at * classes + label] = 1;
  }
  return rows;
}

/**
 * The class of the largest logit of row `at` of [N, K]. A row with a logit that is NaN or +Infinity has none: -1, which is no
 * label, so that it counts as misclassified. -Infinity is the logarithm of a probability of 0; where all are, there is none.
 */
export function predictedClass(logits: Float32Array, classes: number, at: number): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < classes; k += 1) {
    const value = logits[at * classes + k] ?? Number.NaN;
    if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY) return -1;
    if (value > largest) [best, largest] = [k, value];
  }
  return best;
}

export interface Examples {
  /** [N, C, H, W] in [0, 1]. */
  readonly images: Float32Array;
  /** Class numbers, [N]. */
  readonly labels: ArrayLike<number>;
  /** Indices in the data set, which key the random starts; 0 to N - 1 unless given. */
  readonly indices?: ArrayLike<number>;
}

/** Examples at some places, in the given order; without a copy where they are all. */
export function examplesAt(examples: Required<Examples>, places: readonly number[]): Required<Examples> {
  const { images, labels, indices } = examples;
  if (places.length === labels.length && places.every((at, place) => at === place)) return examples;
  const size = images.length / Math.max(labels.length, 1);
  const those = new Float32Array(places.length * size);
  for (const [place, at] of places.entries())
    those.set(images.subarray(at * size, (at + 1) * size), place * size);
  return { images: those, labels: places.map((at) => labels[at]), indices: places.map((at) => indices[at]) };
}

/** @throws InputError where the examples are not images of the network's shape in [0, 1] with labels of its classes. */
export function checkExamples(network: Subject, { images, labels, indices }: Examples): void {
  const [, ...shape] = batchShape(network, 1);
  const expected = labels.length * sizeOf(shape);
  if (images.length !== expected)
    throw new InputError(
      `${labels.length} images of ${shape.join('x')}, as the network ${network.name} takes them, have ${expected} values; there are ${images.length}`,
    );
  if (indices && indices.length !== labels.length)
    throw new InputError(`there are ${labels.length} labels, but ${indices.length} indices`);
  const outside = images.findIndex((value) => !(value >= 0 && value <= 1));
  if (outside !== -1)
    throw new InputError(
      `images must be in [0, 1] (normalization belongs to the network); value ${outside} is ${images[outside]}`,
    );
  const { classes } = network;
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at];
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      throw new InputError(
        `label ${label} of example ${at} is not a class number from 0 to ${classes - 1} of the network ${network.name}`,
      );
  }
}

/** Examples in a program: as many as are wanted, unless the engine's kernels make their number decide last digits. */
export const programWidth = ({ constantWidth }: Pick<Engine, 'constantWidth'>, wanted: number): number =>
  constantWidth ?? wanted;

export interface Predictor {
  /** Logits [N, K] of images [N, C, H, W]. */
  (images: Float32Array): Promise<Float32Array>;
  /** Images that it takes at once. */
  readonly width: number;
  /** Give back what the engine holds for it. */
  dispose(): Promise<void>;
}

/**
 * Logits of any number of images, in evaluation mode, `batchSize` at a time unless the engine has a constant width. Moves no
 * variable of the network.
 */
export function predictor(model: Classifier, batchSize: number): Predictor {
  const { network, cell } = model;
  const { classes } = network;
  const size = sizeOf(batchShape(network, 1));
  if ('logits' in model)
    return Object.assign(inBatches(model, batchSize), { width: batchSize, dispose: async () => {} });
  const { engine } = model;
  const width = programWidth(engine, batchSize);
  const images = input('images', batchShape(network, width));
  const step = makeStep('predict', { outputs: { logits: classify(model.network, images, cell) } });
  let program: Promise<Program> | undefined;

  const predict = async (images: Float32Array): Promise<Float32Array> => {
    program ??= engine.compile(step, { batchInvariant: true });
    const compiled = await program;
    const count = images.length / size;
    const all = new Float32Array(count * classes);
    const batch = new Float32Array(width * size);
    for (let start = 0; start < count; start += width) {
      const end = Math.min(count, start + width);
      batch.fill(0);
      batch.set(images.subarray(start * size, end * size));
      const { logits } = await compiled.run({ images: batch });
      all.set(logits.subarray(0, (end - start) * classes), start * classes);
    }
    return all;
  };
  const dispose = async () => {
    (await program)?.dispose();
    program = undefined;
  };
  return Object.assign(predict, { width, dispose });
}

/** A model that takes any number of images, but not so many at once that memory ends. */
function inBatches({ network, logits }: LogitModel, batchSize: number) {
  const { classes } = network;
  const size = sizeOf(batchShape(network, 1));
  return async (images: Float32Array): Promise<Float32Array> => {
    const count = images.length / size;
    const all = new Float32Array(count * classes);
    for (let start = 0; start < count; start += batchSize)
      all.set(await logits(images.subarray(start * size, (start + batchSize) * size)), start * classes);
    return all;
  };
}

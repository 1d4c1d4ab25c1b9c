/** The examples that an attack or an evaluation is given, and what is checked of them. */
import { InputError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import { batchShape, type Subject } from './model.ts';

export interface Examples {
  /** [N, C, H, W] in [0, 1]. */
  readonly images: Float32Array;
  /** Class numbers, [N]. */
  readonly labels: ArrayLike<number>;
  /** Indices in the data set, which key the random starts; 0 to N - 1 unless given. */
  readonly indices?: ArrayLike<number>;
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

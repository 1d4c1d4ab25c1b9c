/** Which images an analysis is of: test images, training images by class, in mixed order where batches are taken of them. */
import { batchShape, type Examples } from '../attacks/index.ts';
import { type Dataset, evaluationSubset, gather, subset } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import type { Network } from '../nn/index.ts';
import { permutation } from '../random/index.ts';
import type { AnalysisContext } from './definition.ts';

/** The first `count` test images of the order that evaluations take them in; a smaller number is a part of a larger. */
export function testExamples(test: Dataset, count: number): Required<Examples> {
  return gather(test, testIndices(test, count));
}

/** The same in mixed order, for batches: a data set may be sorted by class. */
export function mixedTestExamples(test: Dataset, count: number, seed: number): Required<Examples> {
  return inMixedOrder(test, testIndices(test, count), seed);
}

/** Training images by class, of those that the network was trained on, in mixed order. @throws InputError for too few. */
export async function mixedTrainingExamples(
  { training }: Pick<AnalysisContext, 'training'>,
  count: number,
  seed: number,
): Promise<Required<Examples>> {
  const { dataset, train } = await training();
  if (count > train.length)
    throw new InputError(
      `statistics of ${count} training images were asked for; the network was trained on ${train.length}`,
    );
  return inMixedOrder(dataset, subset(dataset, count, { seed, among: train }), seed);
}

function testIndices(test: Dataset, count: number): Uint32Array {
  if (count > test.count)
    throw new InputError(
      `${count} images were asked for; the test set of ${test.displayName} has ${test.count}`,
    );
  return evaluationSubset(test, count);
}

function inMixedOrder(dataset: Dataset, indices: Uint32Array, seed: number): Required<Examples> {
  const order = permutation({ seed, purpose: 'shuffle' }, indices.length);
  return gather(
    dataset,
    order.map((at) => indices[at]),
  );
}

export interface WholeBatches {
  readonly examples: Required<Examples>;
  /** Examples kept. */
  readonly count: number;
  readonly batches: number;
}

/** Examples cut to whole batches: a batch's statistics depend on its size, so a smaller last one would be another thing. */
export function wholeBatches(
  network: Network,
  { images, labels, indices }: Examples,
  batchSize: number,
): WholeBatches {
  const batches = Math.floor(labels.length / batchSize);
  const count = batches * batchSize;
  const examples = {
    images: images.subarray(0, sizeOf(batchShape(network, count))),
    labels: Array.from({ length: count }, (_, at) => labels[at]),
    indices: Array.from({ length: count }, (_, at) => indices?.[at] ?? at),
  };
  return { examples, count, batches };
}

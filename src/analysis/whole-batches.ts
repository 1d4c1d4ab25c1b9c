/** Examples cut to whole batches: a batch's statistics depend on its size, so a smaller last one would be another thing. */
import { batchShape, type Examples } from '../attacks/index.ts';
import { sizeOf } from '../graph/index.ts';
import type { Network } from '../nn/index.ts';

export interface WholeBatches {
  readonly examples: Required<Examples>;
  /** Examples kept. */
  readonly count: number;
  readonly batches: number;
}

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

/**
 * How much each channel's AP matter for the loss of attacked images, to first order: for each channel c of each layer, the change of the
 * loss L that exchanging its gamma alone would make, and the same of its beta, both without sign,
 *
 *   I_c = |dL/dgamma_c (gamma_donor,c - gamma_receiver,c)| + |dL/dbeta_c (beta_donor,c - beta_receiver,c)|
 *
 * L is the cross-entropy of the labels, summed over training images that were attacked through the receiving cell: Taylor's criterion for
 * pruning (Molchanov et al. 2017, arXiv 1611.06440), with the other AP in the place of zero. The batches are normalized by their own
 * statistics, as NS that are re-estimated would be, so that what normalization undoes does not count. It knows nothing of what channels do
 * together, nor of large steps; whether it finds those that matter is what the exchange shows.
 */
import { batchShape, type Examples, losses, oneHot } from '../../attacks/index.ts';
import type { Engine } from '../../engines/index.ts';
import { differentiate, input, makeStep, sizeOf, sumAll, variable } from '../../graph/index.ts';
import type { Network } from '../../nn/index.ts';
import { type ApBranch, counterparts, placeOf } from '../branches.ts';

export interface LayerAttribution {
  readonly layer: string;
  /** I of its channels. */
  readonly values: Float64Array;
}

export interface AttributionOptions {
  readonly engine: Engine;
  readonly network: Network;
  readonly receiver: ApBranch;
  readonly donor: ApBranch;
  /** Attacked already; whole batches of `batchSize`. */
  readonly attacked: Examples;
  readonly batchSize: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number) => void;
}

/** By layer, in the network's order. Moves no variable of the network. */
export async function attributeChannels(options: AttributionOptions): Promise<LayerAttribution[]> {
  const { engine, network, receiver, donor } = options;
  const pairs = counterparts(network, 'affine', receiver.affine, donor.affine);
  const gradients = await summedGradients(options);
  const byLayer = new Map<string, Float64Array>();
  for (const { start, end } of pairs) {
    const { layer } = placeOf(start);
    const [own, other, gradient] = [engine.read(start), engine.read(end), gradients.get(start.name) ?? []];
    const before = byLayer.get(layer) ?? new Float64Array(own.length);
    byLayer.set(
      layer,
      before.map((sum, c) => sum + Math.abs(gradient[c] * (other[c] - own[c]))),
    );
  }
  return [...byLayer].map(([layer, values]) => ({ layer, values }));
}

/** dL/dgamma and dL/dbeta by the names of the receiver's variables. */
async function summedGradients({
  engine,
  network,
  receiver,
  donor,
  attacked,
  batchSize,
  signal,
  onProgress,
}: AttributionOptions): Promise<Map<string, Float64Array>> {
  const images = input('images', batchShape(network, batchSize));
  const labels = input('labels', [batchSize, network.classes]);
  const moving = counterparts(network, 'affine', receiver.affine, donor.affine).map(({ start }) => start);
  const tensors = new Map(moving.map((each) => [each, variable(each)]));
  const pass = { name: 'only', images, statistics: { batch: ['only'] }, ...receiver };
  const { logits } = network.forward([pass], [], { read: (each) => tensors.get(each) ?? variable(each) });
  const loss = sumAll(losses.ce(logits.only, { labels }));
  const found = differentiate(loss, [...tensors.values()]);
  const outputs = Object.fromEntries(moving.map(({ name }, at) => [name, found[at]]));
  const program = await engine.compile(makeStep('attribution', { outputs }));
  const sums = new Map(moving.map(({ name, shape }) => [name, new Float64Array(sizeOf(shape))]));
  const size = sizeOf(batchShape(network, batchSize));
  try {
    for (let done = 0; done < attacked.labels.length; done += batchSize) {
      signal?.throwIfAborted();
      const start = (done / batchSize) * size;
      const values = await program.run({
        images: attacked.images.subarray(start, start + size),
        labels: oneHot(Array.from(attacked.labels).slice(done, done + batchSize), network.classes),
      });
      for (const [name, sum] of sums) for (const [at, value] of values[name].entries()) sum[at] += value;
      onProgress?.(done + batchSize);
    }
  } finally {
    program.dispose();
  }
  return sums;
}

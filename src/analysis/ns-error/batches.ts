/** Batches of clean and adversarial images, and the statistics of each, one by one: what the error of a batch is taken from. */
import { batchShape } from '../../attacks/index.ts';
import type { Engine } from '../../engines/index.ts';
import { sizeOf } from '../../graph/index.ts';
import type { Network } from '../../nn/index.ts';
import { type LayerStatistics, mixtureStatistics } from '../batch-statistics.ts';
import type { ApBranch } from '../branches.ts';

interface Subject {
  readonly engine: Engine;
  readonly network: Network;
  readonly signal?: AbortSignal | undefined;
}

/** Statistics of every batch: of `size` images of each part, which all layers normalize together. */
export async function statisticsOfBatches(
  { engine, network, signal }: Subject,
  {
    through,
    parts,
    size,
    onProgress,
  }: {
    readonly through: readonly ApBranch[];
    readonly parts: readonly Float32Array[];
    readonly size: number;
    readonly onProgress: (done: number) => void;
  },
): Promise<(readonly LayerStatistics[])[]> {
  const length = sizeOf(batchShape(network, size));
  const statistics = mixtureStatistics({ engine, network, parts: through }, size);
  const found: (readonly LayerStatistics[])[] = [];
  try {
    for (let start = 0; start + length <= parts[0].length; start += length) {
      signal?.throwIfAborted();
      found.push(await statistics(parts.map((images) => images.subarray(start, start + length))));
      onProgress(found.length * size);
    }
  } finally {
    await statistics.dispose();
  }
  return found;
}

/** Of every batch, its first half clean and its second half attacked. */
export function halves(
  network: Network,
  [clean, adversarial]: readonly Float32Array[],
  batchSize: number,
): Float32Array[] {
  const [batch, half] = [batchSize, Math.floor(batchSize / 2)].map((size) =>
    sizeOf(batchShape(network, size)),
  );
  const take = (images: Float32Array, offset: number) => {
    const taken = new Float32Array((images.length / batch) * half);
    for (let at = 0; at * batch < images.length; at += 1)
      taken.set(images.subarray(at * batch + offset, at * batch + offset + half), at * half);
    return taken;
  };
  return [take(clean, 0), take(adversarial, half)];
}

/** Whether an engine keeps its promise that an example has the same bits in any batch. */
import { input, makeStep } from '../../graph/index.ts';
import type { Engine } from '../engine.ts';
import { drawnValues, fillVariables } from './drawn-values.ts';
import { testNetwork } from './network.ts';

/** The logits of the first images of a fixed set, in batches of the given sizes. */
export async function logitsInBatches(
  engine: Engine,
  { width, size }: { readonly width: number; readonly size: number },
  batches: readonly number[],
): Promise<readonly (readonly [batch: number, logits: Float32Array])[]> {
  const network = testNetwork(width);
  const pixels = 3 * size * size;
  const all = drawnValues(Math.max(...batches) * pixels, 1, 0);
  const found: (readonly [number, Float32Array])[] = [];
  for (const batch of batches) {
    const images = input('images', [batch, 3, size, size]);
    const step = makeStep('logits', { outputs: { logits: network.logits(images, 'running') } });
    fillVariables(engine, step);
    const program = await engine.compile(step, { batchInvariant: true });
    found.push([batch, (await program.run({ images: all.subarray(0, batch * pixels) })).logits]);
  }
  return found;
}

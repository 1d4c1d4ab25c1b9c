/** Where attacks start, drawn on the host: a function of the seed and the example, never of the batch it is in. */
import { normals, type StreamKey } from '../random/index.ts';
import { norms } from './norms.ts';
import type { AttackOptions } from './options.ts';

/** Which draw: the example's index in its data set, and the epoch (training) or restart (evaluation). */
export interface StartKey {
  readonly seed: number;
  readonly example: number;
  readonly epoch?: number;
  readonly restart?: number;
}

type StartOptions = Pick<AttackOptions, 'start' | 'norm' | 'epsilon'>;

/** Fill `out`, the first perturbation of one example: in the ball, but the image it makes may leave [0, 1]. */
export function drawStart(
  options: StartOptions,
  { seed, example, epoch = 0, restart = 0 }: StartKey,
  out: Float32Array,
) {
  const { start, norm, epsilon } = options;
  const key: StreamKey = { seed, purpose: 'attack-start', example, epoch, draw: restart };
  switch (start.kind) {
    case 'none':
      out.fill(0);
      return;
    case 'uniform':
      norms[norm].uniform(key, out, epsilon);
      return;
    case 'gaussian':
      normals(key, out, 0, start.deviation);
      norms[norm].shrink(out, epsilon);
      return;
  }
}

/** The starts of a batch, [N, ...] with `size` values an example. */
export function drawStarts(options: StartOptions, keys: readonly StartKey[], size: number): Float32Array {
  const starts = new Float32Array(keys.length * size);
  for (const [at, key] of keys.entries())
    drawStart(options, key, starts.subarray(at * size, (at + 1) * size));
  return starts;
}

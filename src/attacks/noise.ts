/**
 * Where attacks start, drawn on the host: a function of the seed and the example, never of the batch it is in. And noise: the
 * start alone, as an attack that takes no step.
 */
import { z } from 'zod';
import { normals, type StreamKey } from '../random/index.ts';
import { type AttackOptions, defineAttack, optionsSchema, type SearchKey, sizeOption } from './definition.ts';
import { normNames, norms } from './norms.ts';

/** At the image, uniformly in the ball, or at a normal deviation from the image. */
export const startSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('uniform') }),
  z.strictObject({ kind: z.literal('gaussian'), deviation: sizeOption() }),
]);

export type Start = Readonly<z.output<typeof startSchema>>;

/** Which draw: the example's index in its data set, and the epoch (training) or restart (evaluation). */
export interface StartKey {
  readonly seed: number;
  readonly example: number;
  readonly epoch?: number;
  readonly restart?: number;
}

export type StartOptions = Pick<AttackOptions, 'norm' | 'epsilon'> & { readonly start: Start };

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

/** Fill `x`, the first iterate of one example: clip(clean + start, 0, 1). */
export function startImage(
  options: StartOptions,
  key: SearchKey,
  clean: Float32Array,
  x: Float32Array,
): void {
  drawStart(options, key, x);
  for (let i = 0; i < x.length; i += 1) x[i] = Math.min(Math.max(clean[i] + x[i], 0), 1);
}

export const noiseAttack = defineAttack({
  name: 'noise',
  summary: 'a random point of the ball, without any step',
  asks: 'logits',
  forms: [
    { form: 'noise', summary: 'a point of the ball, uniformly' },
    {
      form: 'gaussian-noise',
      summary: 'a normal deviation of epsilon / 2, cut to the ball',
      options: (epsilon) => ({ start: { kind: 'gaussian', deviation: epsilon / 2 } }),
    },
  ],
  options: optionsSchema('noise', normNames, { start: startSchema.describe('How it is drawn.') }),
  defaults: () => ({ norm: 'linf', steps: 0, restarts: 1, start: { kind: 'uniform' } }),
  search: ({ norm, epsilon, start }) => ({
    begin({ key, clean }, x) {
      startImage({ start, norm, epsilon }, key, clean, x);
      return { next: () => 'done' };
    },
  }),
});

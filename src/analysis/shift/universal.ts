/**
 * One perturbation for all images (Moosavi-Dezfooli et al. 2017, arXiv 1610.08401), by ascent of the loss over batches in turn,
 * as Shafahi et al. 2020 (arXiv 1811.11304):
 *
 *   delta_{t+1} = shrink(delta_t + stepSize direction(d/d delta sum_n CE(f(clip(x_n + delta_t, 0, 1)), y_n)))
 *
 * from delta_0 = 0, with the direction and the ball of the norm. It is here as a shift that is common to images by construction,
 * not as a strong attack.
 */
import {
  ascentNormNames,
  batchShape,
  type Examples,
  losses,
  type Model,
  type NormName,
  norms,
  oneHot,
} from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';
import { add, clip, differentiate, input, makeStep, sizeOf, sumAll } from '../../graph/index.ts';
import { classify } from '../../nn/index.ts';

export interface UniversalOptions {
  readonly norm: NormName;
  readonly epsilon: number;
  readonly steps: number;
  /** Divides the number of examples. */
  readonly batchSize: number;
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

// Of epsilon a step: ten steps of one sign cross half the ball.
const stepShare = 0.1;

/** The perturbation, [C, H, W]. Moves no variable. @throws InputError for a norm without a direction of ascent. */
export async function universalPerturbation(
  { engine, network, cell }: Model,
  { images, labels }: Examples,
  { norm, epsilon, steps, batchSize, onProgress, signal }: UniversalOptions,
): Promise<Float32Array> {
  const ascentNorm = ascentNormNames.find((name) => name === norm);
  if (!ascentNorm)
    throw new InputError(
      `a universal perturbation in ${norms[norm].label}: use an attack in L-infinity or L2, such as pgd-10`,
    );
  const { direction, shrink } = norms[ascentNorm];
  const shape = batchShape(network, batchSize);
  const one = batchShape(network, 1);
  const size = sizeOf(one);
  const delta = input('delta', one);
  const wanted = input('labels', [batchSize, network.classes]);
  const shifted = clip(add(input('images', shape), delta), 0, 1);
  const loss = sumAll(losses.ce(classify(network, shifted, cell), { labels: wanted }));
  const [gradient = delta] = differentiate(loss, [delta]);
  const step = makeStep('universal', { outputs: { direction: direction(gradient) } });
  const program = await engine.compile(step);
  const batches = Math.floor(labels.length / batchSize);
  const perturbation = new Float32Array(size);
  try {
    for (let at = 0; at < steps; at += 1) {
      signal?.throwIfAborted();
      const start = (at % batches) * batchSize;
      const found = await program.run({
        images: images.subarray(start * size, (start + batchSize) * size),
        labels: oneHot(
          Array.from({ length: batchSize }, (_, row) => labels[start + row]),
          network.classes,
        ),
        delta: perturbation.slice(),
      });
      for (let pixel = 0; pixel < size; pixel += 1)
        perturbation[pixel] += stepShare * epsilon * found.direction[pixel];
      shrink(perturbation, epsilon);
      onProgress?.((at + 1) * batchSize);
    }
  } finally {
    program.dispose();
  }
  return perturbation;
}

/** Images [N, C, H, W] with it, clipped to [0, 1]. */
export const withPerturbation = (images: Float32Array, perturbation: Float32Array): Float32Array =>
  images.map((value, at) => Math.min(Math.max(value + perturbation[at % perturbation.length], 0), 1));

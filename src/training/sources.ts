/**
 * The images of a regime's sources: what is drawn for them on the host, and what the step's graph makes of that.
 *
 * Draws are keyed by seed, epoch, example and source, so that they depend neither on the batch nor on the other sources'
 * being there. The draws of the first attack are those of a regime that has no other.
 */
import {
  batchShape,
  drawStarts,
  type Loss,
  type LossName,
  lossOf,
  type PgdOptions,
  perturb,
  type StartKey,
} from '../attacks/index.ts';
import { add, clip, input, stopGradient, type Tensor } from '../graph/index.ts';
import { classify, type Network } from '../nn/index.ts';
import { uniforms } from '../random/index.ts';
import type { AttackSource, OwnEpsilon, Regime, Source } from './regime.ts';

/** What the training attack says, and a source may say otherwise. */
export interface AttackSize extends Pick<PgdOptions, 'norm' | 'epsilon' | 'steps' | 'stepSize'> {
  readonly loss: LossName | Loss;
}

const boundOf = (own: OwnEpsilon | undefined, epsilon: number) =>
  typeof own === 'object' ? own.times * epsilon : (own ?? epsilon);

/** The attack of a source: the training attack, within the source's own bound and on its own loss. */
function attackOf<Attack extends AttackSize>(source: AttackSource, attack: Attack): Attack {
  const epsilon = boundOf(source.epsilon, attack.epsilon);
  const stepSize = attack.epsilon === 0 ? attack.stepSize : attack.stepSize * (epsilon / attack.epsilon);
  const own = source.epsilon === undefined ? {} : { epsilon, stepSize };
  return { ...attack, ...own, ...(source.loss === undefined ? {} : { loss: source.loss }) };
}

/** The name of the input that a source's draws enter a step by. */
const inputName = (name: string) => `start.${name}`;

export interface SourceOptions {
  readonly network: Network;
  readonly attack: AttackSize;
  /** Clean images [N, C, H, W] and one-hot labels [N, K]. */
  readonly images: Tensor;
  readonly labels: Tensor;
}

/** The images of every source, [N, C, H, W] each, as constants to whatever trains on them. */
export function sourceImages(
  { sources }: Pick<Regime, 'sources'>,
  options: SourceOptions,
): ReadonlyMap<string, Tensor> {
  return new Map(
    Object.entries(sources).map(([name, source]) => [name, imagesOf(name, source, options)] as const),
  );
}

function imagesOf(name: string, source: Source, { network, attack, images, labels }: SourceOptions): Tensor {
  if (source.kind === 'clean') return images;
  const start = input(inputName(name), batchShape(network, images.shape[0] ?? 1));
  if (source.kind === 'noise') return clip(add(images, start), 0, 1);
  const { cell, reference = cell } = source;
  const options = attackOf(source, attack);
  const compared = lossOf(options.loss).comparesWithClean
    ? { reference: stopGradient(classify(network, images, reference)) }
    : {};
  const model = (x: Tensor) => classify(network, x, cell);
  return perturb({ images, labels, model, ...compared, ...options }, { start, steps: options.steps });
}

/** The inputs that the sources of a step have: where attacks start, and the noise, [N, ...] with `size` values an example. */
export function sourceInputs(
  { sources }: Pick<Regime, 'sources'>,
  attack: PgdOptions,
  keys: readonly StartKey[],
  size: number,
): Record<string, Float32Array> {
  const draws = { attack: 0, noise: 0 };
  const inputs: Record<string, Float32Array> = {};
  for (const [name, source] of Object.entries(sources)) {
    if (source.kind === 'clean') continue;
    const draw = draws[source.kind]++;
    inputs[inputName(name)] =
      source.kind === 'attack'
        ? drawStarts(
            attackOf(source, attack),
            keys.map((key) => ({ ...key, restart: draw })),
            size,
          )
        : drawNoise(boundOf(source.epsilon, attack.epsilon), keys, size, draw);
  }
  return inputs;
}

function drawNoise(epsilon: number, keys: readonly StartKey[], size: number, draw: number): Float32Array {
  const noise = new Float32Array(keys.length * size);
  for (const [at, { seed, example, epoch = 0 }] of keys.entries()) {
    const out = noise.subarray(at * size, (at + 1) * size);
    uniforms({ seed, purpose: 'noise', example, epoch, draw }, out, -epsilon, epsilon);
  }
  return noise;
}

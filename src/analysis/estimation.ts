/**
 * NS_x^y: the statistics of samples of type x that go through the network in branch y (batch-statistics.ts), in whole
 * batches, merged. In evaluation they take the place of running NS.
 */
import { z } from 'zod';
import {
  type AttackOptions,
  batchShape,
  type Epsilon,
  type Examples,
  namedAttack,
} from '../attacks/index.ts';
import type { Engine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { sizeOf } from '../graph/index.ts';
import type { Branch, Network } from '../nn/index.ts';
import { batchStatistics, type LayerStatistics, mergeStatistics } from './batch-statistics.ts';
import { type ApBranch, firstStatistics, placeOf, variablesOf } from './branches.ts';
import type { AnalysisContext, Phases } from './definition.ts';
import {
  attackedSamples,
  mixedSamples,
  mixedTestExamples,
  mixedTrainingExamples,
  needsAttack,
  noisySamples,
  type SampleType,
  wholeBatches,
} from './images.ts';
import type { WorkingCopy } from './working-copy.ts';

/** How statistics are re-estimated. */
export interface EstimationOptions {
  /**
   * Training images and, for the attack, their labels. Batches are taken in their order, so classes should be mixed; a last
   * batch that is not whole is left out.
   */
  readonly training: Examples;
  /** Images of the target distribution, [N, C, H, W], in mixed order; needed where it is among the types. */
  readonly target?: Float32Array;
  /** Images a batch, whose statistics normalize it (default 100). Unlike elsewhere it changes the result a little. */
  readonly batchSize?: number;
  /** How adversarial images are made; its norm and epsilon bound the noise too. */
  readonly attack: AttackOptions;
}

export interface Estimation extends Required<Omit<EstimationOptions, 'target'>> {
  readonly target: Float32Array;
  /** Training images in whole batches. */
  readonly images: number;
}

/** Fill in what was left open, and cut to whole batches. @throws InputError for too few images, or a network without NS. */
export function estimationOf(network: Network, options: EstimationOptions): Estimation {
  firstStatistics(network);
  const { training, target = new Float32Array(), attack } = options;
  const batchSize = Math.min(options.batchSize ?? 100, training.labels.length);
  if (batchSize < 2) throw new InputError('statistics are estimated from at least 2 training images');
  const { examples, count } = wholeBatches(network, options.training, batchSize);
  return { training: examples, target, batchSize, attack, images: count };
}

export interface EstimationContext {
  readonly engine: Engine;
  readonly network: Network;
  readonly ap: ApBranch;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number) => void;
}

/** The options that say what statistics are re-estimated from; see options.ts. */
interface AskedEstimation {
  readonly images: number;
  readonly statisticsBatch: number;
  readonly attack: string;
  readonly epsilon: Epsilon;
  readonly seed: number;
}

/** Training images that statistics are re-estimated from, and as many test images. @throws InputError for too few. */
export async function askedEstimation(
  context: AnalysisContext,
  { images, statisticsBatch, attack, epsilon, seed }: AskedEstimation,
): Promise<EstimationOptions> {
  firstStatistics(context.network);
  const training = await mixedTrainingExamples(context, images, seed);
  const target = mixedTestExamples(context.test, Math.min(images, context.test.count), seed);
  return {
    training,
    target: target.images,
    batchSize: statisticsBatch,
    attack: namedAttack(attack, epsilon.value),
  };
}

/** How statistics were re-estimated, in documents. */
export const estimationSchema = z.object({
  /** How many images each estimate is of: whole batches. */
  images: z.int().min(1),
  batchSize: z.int().min(1),
});

/** The statistics of images in whole batches, merged; a rest is left out. Moves no variable of the network. */
export async function estimateStatistics(
  { engine, network, ap, signal, onProgress }: EstimationContext,
  images: Float32Array,
  batchSize: number,
): Promise<LayerStatistics[]> {
  const size = sizeOf(batchShape(network, batchSize));
  const statistics = batchStatistics({ engine, network, ap }, batchSize);
  const batches: (readonly LayerStatistics[])[] = [];
  try {
    for (let start = 0; start + size <= images.length; start += size) {
      signal?.throwIfAborted();
      batches.push(await statistics(images.subarray(start, start + size)));
      onProgress?.(batches.length * batchSize);
    }
  } finally {
    await statistics.dispose();
  }
  if (batches.length === 0)
    throw new InputError(`there are fewer images than one batch of ${batchSize}, so no statistics of them`);
  return mergeStatistics(batches);
}

/**
 * The images of a type, adversarial ones made through `runningStatistics` and the AP of the context; `beginAttack` is called when they
 * are, once.
 */
export function samplesOf(
  { engine, network, ap, signal }: EstimationContext,
  { training, target, attack, batchSize, images }: Estimation,
  {
    runningStatistics,
    seed,
    beginAttack,
  }: {
    readonly runningStatistics: Branch;
    readonly seed: number;
    readonly beginAttack: () => (done: number) => void;
  },
) {
  let attacked: Promise<Float32Array> | undefined;
  const adversarial = () => {
    attacked ??= attackTraining();
    return attacked;
  };
  const attackTraining = () => {
    const onProgress = beginAttack();
    return attackedSamples({ engine, network, cell: { statistics: runningStatistics, ...ap } }, training, {
      attack,
      seed,
      batchSize,
      onProgress,
      ...(signal ? { signal } : {}),
    });
  };
  const make: Readonly<Record<SampleType, () => Float32Array | Promise<Float32Array>>> = {
    clean: () => training.images,
    adv: adversarial,
    noise: () => noisySamples(training, { attack, seed }),
    mixed: async () => mixedSamples(training.images, await adversarial(), images),
    target: () => target,
  };
  return async (type: SampleType) => make[type]();
}

/** Put statistics in the place of a branch's running NS. */
export function writeStatistics(
  copy: WorkingCopy,
  network: Network,
  branch: Branch,
  layers: readonly Pick<LayerStatistics, 'layer' | 'mean' | 'variance'>[],
): void {
  const byLayer = new Map(layers.map((each) => [each.layer, each]));
  for (const variable of variablesOf(network, 'statistics', branch)) {
    const { layer, what } = placeOf(variable);
    const found = byLayer.get(layer);
    if (!found) throw new RangeError(`there are no statistics for ${variable.name}`);
    copy.write(variable, what === 'running_mean' ? found.mean : found.variance);
  }
}

/** How AP that a copy was given get NS of their own. */
export interface CopyEstimation {
  readonly engine: Engine;
  readonly copy: WorkingCopy;
  readonly ap: ApBranch;
  /** Those of the copy that are written. */
  readonly runningStatistics: Branch;
  readonly estimation: Estimation;
  readonly source: SampleType;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly phases: Phases;
  /** What these AP are called while it goes on: 't = 0.5'. */
  readonly where: string;
}

/** Passes of the images that it takes: attacked samples need clean NS to look through, then the attack, then their own NS. */
export const copyEstimationPasses = (source: SampleType): number => (needsAttack(source) ? 3 : 1);

/**
 * NS of samples of a type through the values that a copy has now, put into the copy. There are no running NS of these values, so
 * adversarial samples are made through NS of clean ones.
 */
export async function estimateIntoCopy({
  engine,
  copy,
  ap,
  runningStatistics,
  estimation,
  source,
  seed,
  signal,
  phases,
  where,
}: CopyEstimation): Promise<void> {
  const { images, batchSize } = estimation;
  const context: EstimationContext = { engine, network: copy.network, ap, signal };
  const stages: readonly SampleType[] = needsAttack(source) ? ['clean', source] : [source];
  for (const type of stages) {
    const beginAttack = () => phases(images, `attacking at ${where}`);
    const samples = await samplesOf(context, estimation, { runningStatistics, seed, beginAttack })(type);
    const onProgress = phases(images, `NS of ${type} at ${where}`);
    const found = await estimateStatistics({ ...context, onProgress }, samples, batchSize);
    writeStatistics(copy, copy.network, runningStatistics, found);
  }
}

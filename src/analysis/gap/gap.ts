/**
 * The domain gap: how far the NS of adversarial and noisy images are from those of the same images clean, batch against
 * batch, at every layer; and, as the yardstick, how far two batches of different clean images are from each other.
 *
 * Every batch goes through the network in training mode, each layer normalizing it by its own statistics, so that a layer's
 * statistics are those of the type that was passed through all layers before it. The attack looks through the branch's
 * running NS, in evaluation mode. mu is the mean of a channel, sigma its standard deviation, sqrt of the (biased) variance.
 * Distances are of every batch; given are their mean over batches, and its bootstrap interval over batches; and the distance channel by
 * channel with the sampling error of batches taken off (matched-gap.ts).
 *
 * Pairs with `running` are the paper's protocol: a batch of each type against the running NS of the branch.
 *
 * Moves no variable of the network.
 */
import { type AttackOptions, batchShape, type Examples } from '../../attacks/index.ts';
import type { Engine } from '../../engines/index.ts';
import { InputError } from '../../errors.ts';
import { sizeOf } from '../../graph/index.ts';
import type { Branch, Network } from '../../nn/index.ts';
import { batchStatistics, type LayerStatistics } from '../batch-statistics.ts';
import {
  type ApBranch,
  apBranchesOf,
  apBranchLabel,
  type EvaluationCells,
  placeOf,
  runningStatisticsOf,
  variablesOf,
} from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import type { EstimatedMeasures } from '../distances.ts';
import { attackedSamples, noisySamples, wholeBatches } from '../images.ts';
import {
  averageMeasures,
  bootstrap,
  type Estimate,
  type Measures,
  measure,
  measureNames,
} from '../measures.ts';
import {
  channelDifferences,
  estimateUnbiased,
  scaledDistance,
  type UnbiasedEstimate,
} from './matched-gap.ts';

/**
 * The versions of a batch: clean-2 is the next batch of clean images (of the last, the first), running the running NS of the branch,
 * which are of no batch.
 */
export type Version = 'clean' | 'adv' | 'noise' | 'clean-2' | 'running';

/** Batch against batch. */
export const batchPairs = {
  'adv-clean': ['adv', 'clean'],
  'noise-clean': ['noise', 'clean'],
  'clean-clean': ['clean', 'clean-2'],
} as const satisfies Record<string, readonly [Version, Version]>;

/** All of a batch against the running NS. */
export const gapPairs = {
  ...batchPairs,
  'clean-running': ['clean', 'running'],
  'adv-running': ['adv', 'running'],
  'noise-running': ['noise', 'running'],
} as const satisfies Record<string, readonly [Version, Version]>;

export type GapPair = keyof typeof gapPairs;
export const gapPairNames = Object.keys(gapPairs) as readonly GapPair[];
export const batchPairNames = Object.keys(batchPairs) as readonly (keyof typeof batchPairs)[];

/** What is compared of a layer's statistics. */
export const gapStatistics = {
  mu: ({ mean }: LayerStatistics) => mean,
  sigma: ({ variance }: LayerStatistics) => variance.map(Math.sqrt),
} as const;

export type GapStatistic = keyof typeof gapStatistics;
export const gapStatisticNames = Object.keys(gapStatistics) as readonly GapStatistic[];

/** Means over batches with their intervals over batches. */
export interface GapMeasures extends EstimatedMeasures {
  readonly scaled: Estimate;
  /** Absent where one difference alone is independent: of clean-clean with fewer than four batches. */
  readonly unbiased?: UnbiasedEstimate;
}

export interface GapDistance {
  readonly pair: GapPair;
  readonly statistic: GapStatistic;
  /** Over layers. */
  readonly average: GapMeasures;
  readonly layers: readonly ({ readonly layer: string } & GapMeasures)[];
}

export interface BranchGap {
  readonly ap: ApBranch;
  /** The running NS that the attack looked through. */
  readonly runningStatistics: Branch;
  readonly distances: readonly GapDistance[];
  /** NS of every layer for each batch and version. */
  readonly batches: readonly VersionStatistics[];
}

/** NS of all layers for the versions of one batch. */
export type VersionStatistics = Readonly<Record<Version, readonly LayerStatistics[]>>;

export interface GapOptions {
  readonly engine: Engine;
  readonly network: Network;
  /** Images, and labels for the attack. Batches are taken in their order; a last one that is not whole is left out. */
  readonly examples: Examples;
  /** Images a batch (default 128). */
  readonly batchSize?: number;
  /** How adversarial images are made; its norm and epsilon bound the noise too. */
  readonly attack: AttackOptions;
  readonly evaluationCells: EvaluationCells;
  /** Default every AP of the network. */
  readonly apBranches?: readonly ApBranch[];
  readonly seed?: number;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface Gap {
  readonly batchSize: number;
  readonly batches: number;
  readonly attack: AttackOptions;
  readonly seed: number;
  readonly branches: readonly BranchGap[];
}

/** @throws InputError for fewer than two batches, and for a network without NS. */
export async function gap(options: GapOptions): Promise<Gap> {
  const { engine, network, attack, evaluationCells, batchSize = 128, seed = 0, signal, onProgress } = options;
  const { examples, count, batches } = wholeBatches(network, options.examples, batchSize);
  if (batches < 2)
    throw new InputError(
      `the gap needs at least two batches of ${batchSize} images; there are ${options.examples.labels.length} images`,
    );
  const size = sizeOf(batchShape(network, batchSize));
  const apBranches = options.apBranches ?? apBranchesOf(network);
  const phases = phasesOf(apBranches.length * 4 * count, onProgress);

  const branches: BranchGap[] = [];
  for (const ap of apBranches) {
    const runningStatistics = runningStatisticsOf(network, ap, evaluationCells);
    const model = { engine, network, cell: { statistics: runningStatistics, ...ap } };
    const label = apBranchLabel(ap);
    const attacking = phases(count, `attacking, AP ${label}`);
    const stop = signal ? { signal } : {};
    const adversarial = await attackedSamples(model, examples, {
      ...{ attack, seed, batchSize, onProgress: attacking },
      ...stop,
    });
    const images = {
      clean: examples.images,
      adv: adversarial,
      noise: noisySamples(examples, { attack, seed }),
    };
    const passing = phases(3 * count, `statistics, AP ${label}`);
    const statistics = batchStatistics({ engine, network, ap }, batchSize);
    const found = { clean: [], adv: [], noise: [] } as Record<
      keyof typeof images,
      (readonly LayerStatistics[])[]
    >;
    try {
      for (let batch = 0; batch < batches; batch += 1)
        for (const [at, version] of (['clean', 'adv', 'noise'] as const).entries()) {
          signal?.throwIfAborted();
          found[version].push(await statistics(images[version].subarray(batch * size, (batch + 1) * size)));
          passing((3 * batch + at + 1) * batchSize);
        }
    } finally {
      await statistics.dispose();
    }
    const running = runningStatisticsIn(engine, network, runningStatistics, found.clean[0]);
    const versions = found.clean.map((clean, batch) => ({
      running,
      clean,
      adv: found.adv[batch],
      noise: found.noise[batch],
      'clean-2': found.clean[(batch + 1) % batches],
    }));
    branches.push({ ap, runningStatistics, distances: gapDistances(versions, seed), batches: versions });
  }
  return { batchSize, batches, attack, seed, branches };
}

/** The running NS of a branch, in the order of a batch's layers. */
function runningStatisticsIn(
  engine: Engine,
  network: Network,
  branch: Branch,
  like: readonly LayerStatistics[],
): LayerStatistics[] {
  const values = new Map(
    variablesOf(network, 'statistics', branch).map((variable) => {
      const { layer, what } = placeOf(variable);
      return [`${layer} ${what}`, Float64Array.from(engine.read(variable))];
    }),
  );
  return like.map(({ layer, count }) => {
    const [mean, variance] = ['running_mean', 'running_var'].map((what) => values.get(`${layer} ${what}`));
    if (!mean || !variance) throw new RangeError(`there are no running NS of ${layer} in branch ${branch}`);
    return { layer, mean, variance, count };
  });
}

/** The distances of all pairs and statistics, over batches. */
export function gapDistances(batches: readonly VersionStatistics[], seed = 0): GapDistance[] {
  const estimate = bootstrap(batches.length, { seed });
  const estimated = (each: readonly Measures[]): EstimatedMeasures => {
    const [distance, wasserstein, cosine] = measureNames.map((name) =>
      estimate(each.map((one) => one[name])),
    );
    return { distance, wasserstein, cosine };
  };
  return gapPairNames.flatMap((pair) =>
    gapStatisticNames.map((statistic): GapDistance => {
      const [a, b] = gapPairs[pair];
      const measured = batches.map((versions) => measureBatch(versions[a], versions[b], statistic));
      // [layer][batch]
      const differences = batches[0][a].map((_, layer) =>
        batches.map((versions) => channelDifferences[statistic](versions[a][layer], versions[b][layer])),
      );
      // A batch and the next share a batch with the pair after them: only every second pair is independent.
      const independent = differences.map((each) =>
        pair === 'clean-clean' ? each.filter((_, batch) => batch % 2 === 0 && batch + 1 < each.length) : each,
      );
      const scaled = differences.map((each) => each.map(scaledDistance));
      const meanOf = (numbers: readonly number[]) =>
        numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
      return {
        pair,
        statistic,
        average: {
          ...estimated(measured.map(averageMeasures)),
          scaled: estimate(batches.map((_, batch) => meanOf(scaled.map((each) => each[batch])))),
          ...unbiasedOf(independent),
        },
        layers: measured[0].map(({ layer }, at) => ({
          layer,
          ...estimated(measured.map((each) => each[at])),
          scaled: estimate(scaled[at]),
          ...unbiasedOf([independent[at]]),
        })),
      };
    }),
  );
}

const unbiasedOf = (layers: readonly (readonly Float64Array[])[]): Pick<GapMeasures, 'unbiased'> =>
  layers[0].length < 2 ? {} : { unbiased: estimateUnbiased(layers) };

/** The distances of one batch, layer by layer. */
export function measureBatch(
  a: readonly LayerStatistics[],
  b: readonly LayerStatistics[],
  statistic: GapStatistic,
) {
  const of = gapStatistics[statistic];
  return a.map((layer, at) => ({ layer: layer.layer, ...measure(of(layer), of(b[at])) }));
}

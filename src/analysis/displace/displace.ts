/**
 * How far NS have to be displaced until it matters: weights and AP of a cell fixed, its running NS are moved, and the network is
 * evaluated, attacked white-box through that very cell. The measure is the gap between NS of clean and of adversarial images through
 * the same AP, NS_clean^y and NS_adv^y (estimation.ts), channel by channel in units of sigma. The directions are
 *
 *   random       as far as the gap in each channel, mu and log sigma up or down by chance; several draws
 *   adversarial  the gap itself, from NS of clean to those of adversarial images
 *   branch       to the running NS of another branch; these were gathered through other AP
 *
 * and multiples of each are gone through from the smallest on, until clean and robust accuracy have both moved by a point. Moves no
 * variable of the network: displaced NS are written into a copy.
 */
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { type Branch, type Cell, cellLabel, type Network } from '../../nn/index.ts';
import { mean } from '../../statistics/index.ts';
import { type AccuracyOptions, shareOf } from '../accuracies.ts';
import { apBranchOf, branchesOf, firstStatistics, placeOf, variablesOf } from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import {
  type EstimationOptions,
  estimateStatistics,
  estimationOf,
  samplesOf,
  writeStatistics,
} from '../estimation.ts';
import { workingCopy } from '../working-copy.ts';
import {
  type DisplacementSize,
  displacedBy,
  displacementBetween,
  type LayerDisplacement,
  type LayerPlace,
  multipleAt,
  sizeOfDisplacement,
  withRandomSigns,
} from './displacement.ts';

export const directionNames = ['random', 'adversarial', 'branch'] as const;
export type DirectionName = (typeof directionNames)[number];

export interface DisplaceOptions extends AccuracyOptions {
  /** Default the cell that the network's robustness is evaluated through. */
  readonly cell?: Cell;
  /** From what the gap is measured. */
  readonly estimation: EstimationOptions;
  /** Of the displacement, rising (default 1, 2, 4, ... 64). */
  readonly multiples?: readonly number[];
  /** Draws of random signs (default 3). */
  readonly draws?: number;
  readonly onProgress?: OnProgress;
}

export interface DisplacedPoint {
  readonly multiple: number;
  /** Of random signs; 0 where there is no chance in it. */
  readonly draw: number;
  readonly evaluation: GridEvaluation;
}

/** The multiples at which accuracies have moved by a point, of the mean over draws; null where they have not. */
export interface MultipleAtOnePoint {
  readonly clean: number | null;
  /** Under the first attack. */
  readonly robust: number | null;
}

export interface DisplacedDirection {
  readonly direction: DirectionName;
  /** The branch whose NS it leads to. */
  readonly towards?: Branch;
  /** Of one multiple. */
  readonly size: DisplacementSize;
  readonly points: readonly DisplacedPoint[];
  readonly multipleAtOnePoint: MultipleAtOnePoint;
}

export interface Displacement {
  readonly cell: Cell;
  readonly estimation: { readonly images: number; readonly batchSize: number };
  /** With NS in their place. */
  readonly base: GridEvaluation;
  readonly directions: readonly DisplacedDirection[];
}

/** A point of accuracy. */
export const onePoint = 0.01;

interface Direction {
  readonly direction: DirectionName;
  readonly towards?: Branch;
  /** One a draw. */
  readonly displacements: readonly (readonly LayerDisplacement[])[];
}

/** @throws InputError as evaluateGrid, for too few training images, and for a network without NS. */
export async function displace(options: DisplaceOptions): Promise<Displacement> {
  const { engine, network, evaluationCells, examples, onProgress, signal, seed = 0 } = options;
  const { cell = evaluationCells.robust, multiples = [1, 2, 4, 8, 16, 32, 64], draws = 3 } = options;
  firstStatistics(network);
  const estimation = estimationOf(network, options.estimation);
  const { images, batchSize } = estimation;
  const others = branchesOf(network, 'statistics').filter((branch) => branch !== cell.statistics);
  const share = examples.labels.length * (1 + options.attacks.length);
  const evaluations = 1 + multiples.length * (draws + 1 + others.length);
  const phases = phasesOf(3 * images + evaluations * share, onProgress);
  const placesOf = (branch: Branch) => runningPlaces(options, branch);
  const own = placesOf(cell.statistics);

  const context = { engine, network, ap: apBranchOf(cell), signal };
  const beginAttack = () => phases(images, 'adversarial training images');
  const samples = samplesOf(context, estimation, {
    runningStatistics: cell.statistics,
    ...{ seed, beginAttack },
  });
  const ofSamples = async (type: 'clean' | 'adv') => {
    const made = await samples(type);
    return estimateStatistics({ ...context, onProgress: phases(images, `NS of ${type}`) }, made, batchSize);
  };
  const gap = displacementBetween(await ofSamples('clean'), await ofSamples('adv'));
  const directions: readonly Direction[] = [
    {
      direction: 'random',
      displacements: Array.from({ length: draws }, (_, draw) => withRandomSigns(gap, { seed, draw })),
    },
    { direction: 'adversarial', displacements: [gap] },
    ...others.map((towards) => ({
      direction: 'branch' as const,
      towards,
      displacements: [displacementBetween(own, placesOf(towards))],
    })),
  ];

  const copy = workingCopy(engine, network, variablesOf(network, 'statistics', cell.statistics));
  const evaluated = async (places: readonly LayerPlace[], phase: string) => {
    writeStatistics(copy, network, cell.statistics, places);
    const report = phases(share, `evaluating ${cellLabel(cell)}, ${phase}`);
    return evaluateGrid({
      ...options,
      network: copy.network,
      cells: [cell],
      onProgress: ({ done, total }) => report((done / total) * share),
    });
  };
  const base = await evaluated(own, 'NS in their place');

  const found: DisplacedDirection[] = [];
  for (const { displacements, ...direction } of directions) {
    const points: DisplacedPoint[] = [];
    let moved = multiplesAtOnePoint(base, points);
    for (const [at, multiple] of multiples.entries()) {
      for (const [draw, displacement] of displacements.entries()) {
        const places = displacedBy(own, displacement, multiple);
        const evaluation = await evaluated(places, `${direction.direction}, ${multiple} times`);
        points.push({ multiple, draw, evaluation });
      }
      moved = multiplesAtOnePoint(base, points);
      if (moved.clean === null || moved.robust === null) continue;
      const left = (multiples.length - at - 1) * displacements.length * share;
      phases(left, `${direction.direction}: moved by a point`)(left);
      break;
    }
    const size = sizeOfDisplacement(displacements[0]);
    found.push({ ...direction, size, points, multipleAtOnePoint: moved });
  }
  return { cell, estimation: { images, batchSize }, base, directions: found };
}

/** The running NS of a branch, layer by layer. */
function runningPlaces({ engine, network }: Pick<DisplaceOptions, 'engine' | 'network'>, branch: Branch) {
  const values = new Map(
    variablesOf(network, 'statistics', branch).map((each) => {
      const { layer, what } = placeOf(each);
      return [`${layer} ${what}`, Float64Array.from(engine.read(each))];
    }),
  );
  return layersOf(network, branch).map((layer): LayerPlace => {
    const [mean, variance] = ['running_mean', 'running_var'].map((what) => values.get(`${layer} ${what}`));
    if (!mean || !variance) throw new RangeError(`${layer} has no running statistics`);
    return { layer, mean, variance };
  });
}

const layersOf = (network: Network, branch: Branch) => [
  ...new Set(variablesOf(network, 'statistics', branch).map((each) => placeOf(each).layer)),
];

/** By the means over draws. */
function multiplesAtOnePoint(base: GridEvaluation, points: readonly DisplacedPoint[]): MultipleAtOnePoint {
  const [attack] = base.attacks;
  const at = (accuracy: (evaluation: GridEvaluation) => number) => {
    const changes = [...new Set(points.map(({ multiple }) => multiple))].map((multiple) => {
      const draws = points.filter((point) => point.multiple === multiple);
      return { multiple, change: mean(draws.map(({ evaluation }) => accuracy(evaluation))) - accuracy(base) };
    });
    return multipleAt(changes, onePoint);
  };
  return {
    clean: at(({ cells: [{ clean }] }) => shareOf(clean).share),
    robust: at(({ cells: [{ robust }] }) => shareOf(robust[attack]).share),
  };
}

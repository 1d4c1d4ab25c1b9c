/**
 * What robustness owes to NS: weights and AP fixed, the statistics of every type of sample x are re-estimated through every
 * branch y, and the network is evaluated with NS_x^y and AP_y, attacked white-box through that very cell. Beside it, the raw
 * grid: its swaps pair AP with statistics that were gathered through other AP, which decides nothing about either.
 *
 * Moves no variable of the network: estimates are written into a copy.
 */
import type { AttackOptions } from '../../attacks/index.ts';
import { evaluateGrid, type GridEvaluation, type GridOptions } from '../../evaluation/index.ts';
import { type Branch, gridOf } from '../../nn/index.ts';
import type { AccuracyOptions } from '../accuracies.ts';
import type { LayerStatistics } from '../batch-statistics.ts';
import {
  type ApBranch,
  apBranchesOf,
  apBranchLabel,
  type EvaluationCells,
  runningStatisticsOf,
  variablesOf,
} from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import {
  type EstimationContext,
  type EstimationOptions,
  estimateStatistics,
  estimationOf,
  samplesOf,
  writeStatistics,
} from '../estimation.ts';
import { needsAttack, type SampleType, sampleTypes } from '../images.ts';
import { workingCopy } from '../working-copy.ts';

export interface ReestimateOptions extends AccuracyOptions {
  readonly estimation: EstimationOptions;
  /** Default all; 'target' only where its images are given. */
  readonly sources?: readonly SampleType[];
  /** Default every AP of the network. */
  readonly apBranches?: readonly ApBranch[];
  readonly onProgress?: OnProgress;
}

export interface Reestimated {
  /** x */
  readonly source: SampleType;
  /** y */
  readonly ap: ApBranch;
  /** The running NS that adversarial images were made through. */
  readonly runningStatistics: Branch;
  /** NS_x^y */
  readonly statistics: readonly LayerStatistics[];
  /** Of the one cell (NS_x^y, AP_y). */
  readonly evaluation: GridEvaluation;
}

export interface Reestimation {
  readonly evaluationCells: EvaluationCells;
  readonly raw: GridEvaluation;
  readonly reestimated: readonly Reestimated[];
  readonly estimation: {
    readonly images: number;
    readonly batchSize: number;
    readonly attack: AttackOptions;
  };
}

/** @throws InputError as evaluateGrid, for too few training images, and for a network without NS. */
export async function reestimate(options: ReestimateOptions): Promise<Reestimation> {
  const { engine, network, evaluationCells, seed = 0, signal, onProgress, examples } = options;
  const estimation = estimationOf(network, options.estimation);
  const { images, batchSize, attack } = estimation;
  const sources =
    options.sources ?? sampleTypes.filter((type) => type !== 'target' || estimation.target.length);
  const apBranches = options.apBranches ?? apBranchesOf(network);
  // An evaluation counts its images once as they are and once a path; more precise than that a bar need not be.
  const share = examples.labels.length * (1 + options.attacks.length);
  const cells = gridOf(network);
  const toAttack = sources.some(needsAttack) ? images : 0;
  const perBranch = toAttack + sources.length * (images + share);
  const phases = phasesOf(cells.length * share + apBranches.length * perBranch, onProgress);
  const evaluated = (grid: Partial<GridOptions>, size: number, phase: string) => {
    const report = phases(size, phase);
    return evaluateGrid({
      ...options,
      ...grid,
      onProgress: ({ done, total }) => report((done / total) * size),
    });
  };

  const raw = await evaluated({ cells }, cells.length * share, 'evaluating the raw grid');
  const reestimated: Reestimated[] = [];
  for (const ap of apBranches) {
    const label = apBranchLabel(ap);
    const runningStatistics = runningStatisticsOf(network, ap, evaluationCells);
    const copy = workingCopy(engine, network, variablesOf(network, 'statistics', runningStatistics));
    const context: EstimationContext = { engine, network, ap, signal };
    const beginAttack = () => phases(toAttack, `adversarial training images, AP ${label}`);
    const samples = samplesOf(context, estimation, { runningStatistics, seed, beginAttack });
    for (const source of sources) {
      const made = await samples(source);
      const estimating = phases(images, `NS of ${source}, AP ${label}`);
      const statistics = await estimateStatistics({ ...context, onProgress: estimating }, made, batchSize);
      writeStatistics(copy, network, runningStatistics, statistics);
      const cell = { statistics: runningStatistics, ...ap };
      const phase = `evaluating NS of ${source}, AP ${label}`;
      const evaluation = await evaluated({ network: copy.network, cells: [cell] }, share, phase);
      reestimated.push({ source, ap, runningStatistics, statistics, evaluation });
    }
  }
  return { evaluationCells, raw, reestimated, estimation: { images, batchSize, attack } };
}

/**
 * Are running NS, a moving average over the last batches of training, what they should be? Precise NS (Wu & Johnson 2021, arXiv
 * 2105.07576) are those of many training images with weights and AP as they now are. Every cell that a network is evaluated through is
 * compared with the precise NS that its AP have of
 *
 *   clean     images without an attack, augmented as in training or not
 *   adv       the same attacked through the cell
 *   mixture   both, normalized by their common statistics, clean ones through the AP that clean accuracy is evaluated through and
 *             attacked ones through those of robustness: what the running NS of hybrid and dual-ap follow
 *
 * and evaluated with each in the place of its running NS. And how well does one batch tell NS? The standard error of
 *
 *   clean, adv   a batch of B images
 *   mixture      a batch of B different images, half of them attacked
 *   pairs        2B images, B and the same attacked: what a training step of such a regime has
 *
 * says whether statistics of a mixture are harder to estimate than those of its parts. Moves no variable of the network.
 */
import type { AttackOptions, Examples } from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { type Cell, cellLabel, type Network, sameCell } from '../../nn/index.ts';
import type { AccuracyOptions } from '../accuracies.ts';
import { type LayerStatistics, mergeStatistics } from '../batch-statistics.ts';
import {
  type ApBranch,
  apBranchesOf,
  apBranchOf,
  type EvaluationCells,
  placeOf,
  runningStatisticsOf,
  variablesOf,
} from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import { estimationOf, writeStatistics } from '../estimation.ts';
import { attackedSamples } from '../images.ts';
import { workingCopy } from '../working-copy.ts';
import { halves, statisticsOfBatches } from './batches.ts';
import { batchErrors, type NetworkError, statisticsErrors } from './errors.ts';

export const preciseSources = ['clean', 'adv', 'mixture'] as const;
export type PreciseSource = (typeof preciseSources)[number];

export const batchSources = ['clean', 'adv', 'mixture', 'pairs'] as const;
export type BatchSource = (typeof batchSources)[number];

export interface NsErrorOptions extends AccuracyOptions {
  /** Training images in mixed order, and labels for the attack; a last batch that is not whole is left out. */
  readonly training: Examples;
  /** B of the head. */
  readonly statisticsBatch: number;
  /** How adversarial training images are made. */
  readonly attack: AttackOptions;
  readonly onProgress?: OnProgress;
}

export interface Precise {
  readonly source: PreciseSource;
  readonly statistics: readonly LayerStatistics[];
  /** Of the cell's running NS against them. */
  readonly error: NetworkError;
  /** Of the cell with them in the place of its running NS. */
  readonly evaluation: GridEvaluation;
}

export interface CellError {
  readonly cell: Cell;
  /** With its running NS. */
  readonly evaluation: GridEvaluation;
  readonly precise: readonly Precise[];
}

/** The standard error of one batch; the parameters that it went through are those of a cell, of both where there are two parts. */
export interface BatchError {
  readonly source: BatchSource;
  readonly through: readonly ApBranch[];
  /** Images a batch. */
  readonly images: number;
  readonly error: NetworkError;
}

export interface NsError {
  readonly estimation: { readonly images: number; readonly batchSize: number; readonly batches: number };
  readonly cells: readonly CellError[];
  readonly batches: readonly BatchError[];
}

/** Those that clean accuracy and robustness are evaluated through, and for every further AP the one with the NS that belong to it. */
export function ownCells(network: Network, evaluationCells: EvaluationCells): Cell[] {
  const { clean, robust } = evaluationCells;
  const byAp = apBranchesOf(network).map((ap) => ({
    statistics: runningStatisticsOf(network, ap, evaluationCells),
    ...ap,
  }));
  const all: readonly Cell[] = [clean, robust, ...byAp];
  return all.filter((cell, at) => all.findIndex((other) => sameCell(other, cell)) === at);
}

/** @throws InputError as evaluateGrid, for fewer than two batches of images, and for a network without NS. */
export async function nsError(options: NsErrorOptions): Promise<NsError> {
  const { engine, network, evaluationCells, examples, seed = 0, signal, onProgress, attack } = options;
  const estimation = estimationOf(network, { ...options, batchSize: options.statisticsBatch });
  const { training, images: count, batchSize } = estimation;
  const batches = count / batchSize;
  if (batches < 2)
    throw new InputError(`the error of a batch needs at least two batches of ${batchSize} training images`);
  const cells = ownCells(network, evaluationCells);
  const share = examples.labels.length * (1 + options.attacks.length);
  const perCell = 3 * count + (1 + preciseSources.length) * share;
  const half = Math.floor(batchSize / 2);
  const phases = phasesOf(cells.length * perCell + count + batches * half, onProgress);

  const adversarial: Float32Array[] = [];
  for (const cell of cells) {
    const report = phases(count, `attacking through ${cellLabel(cell)}`);
    adversarial.push(
      await attackedSamples({ engine, network, cell }, training, {
        ...{ attack, seed, batchSize, onProgress: report },
        ...(signal ? { signal } : {}),
      }),
    );
  }
  const robust = cells.findIndex((cell) => sameCell(cell, evaluationCells.robust));
  const bothAp = [evaluationCells.clean, evaluationCells.robust].map(apBranchOf);
  const bothImages = [training.images, adversarial[robust]];
  const ofBatches = (through: readonly ApBranch[], parts: readonly Float32Array[], size = batchSize) =>
    statisticsOfBatches(options, {
      through,
      parts,
      size,
      onProgress: phases(batches * size, 'statistics of batches'),
    });

  const pairs = await ofBatches(bothAp, bothImages);
  const found: BatchError[] = [];
  const cellErrors: CellError[] = [];
  for (const [at, cell] of cells.entries()) {
    const ap = [apBranchOf(cell)];
    const clean = await ofBatches(ap, [training.images]);
    const adv = await ofBatches(ap, [adversarial[at]]);
    for (const [source, each] of [
      ['clean', clean],
      ['adv', adv],
    ] as const)
      found.push({ source, through: ap, images: batchSize, error: batchErrors(each, mergeStatistics(each)) });
    const statistics = {
      clean: mergeStatistics(clean),
      adv: mergeStatistics(adv),
      mixture: mergeStatistics(pairs),
    };
    cellErrors.push(
      await evaluateCell(options, cell, statistics, (phase) => ({
        images: share,
        report: phases(share, phase),
      })),
    );
  }
  const mixed = await ofBatches(bothAp, halves(network, bothImages, batchSize), half);
  const mixture = { through: bothAp, images: 2 * half, error: batchErrors(mixed, mergeStatistics(pairs)) };
  found.push({ source: 'mixture', ...mixture });
  const inPairs = batchErrors(pairs, mergeStatistics(pairs));
  found.push({ source: 'pairs', through: bothAp, images: 2 * batchSize, error: inPairs });
  return { estimation: { images: count, batchSize, batches }, cells: cellErrors, batches: found };
}

/** A cell as it is, and with each of the precise NS in the place of its running NS. */
async function evaluateCell(
  options: NsErrorOptions,
  cell: Cell,
  statistics: Readonly<Record<PreciseSource, readonly LayerStatistics[]>>,
  begin: (phase: string) => { readonly images: number; readonly report: (done: number) => void },
): Promise<CellError> {
  const { engine, network } = options;
  const variables = variablesOf(network, 'statistics', cell.statistics);
  const copy = workingCopy(engine, network, variables);
  const evaluated = (of: Network, phase: string) => {
    const { images, report } = begin(`evaluating ${cellLabel(cell)}, ${phase}`);
    return evaluateGrid({
      ...options,
      network: of,
      cells: [cell],
      onProgress: ({ done, total }) => report((done / total) * images),
    });
  };
  const evaluation = await evaluated(network, 'running NS');
  const precise: Precise[] = [];
  for (const source of preciseSources) {
    writeStatistics(copy, network, cell.statistics, statistics[source]);
    precise.push({
      source,
      statistics: statistics[source],
      error: statisticsErrors(runningStatistics(options, cell), statistics[source]),
      evaluation: await evaluated(copy.network, `precise NS of ${source}`),
    });
  }
  return { cell, evaluation, precise };
}

/** The running NS of a cell, by layer. */
function runningStatistics({ engine, network }: NsErrorOptions, cell: Cell) {
  const variables = variablesOf(network, 'statistics', cell.statistics);
  const values = (wanted: string) =>
    new Map(
      variables
        .map((each) => ({ ...placeOf(each), each }))
        .filter(({ what }) => what === wanted)
        .map(({ layer, each }) => [layer, Float64Array.from(engine.read(each))]),
    );
  const variances = values('running_var');
  return [...values('running_mean')].map(([layer, mean]) => ({
    layer,
    mean,
    variance: variances.get(layer) ?? new Float64Array(),
  }));
}

/**
 * Between two cells: AP(t) = (1 - t) AP_from + t AP_to, adapters and heads likewise where the cells differ in them; a curve of
 * clean against robust accuracy for t from 0 to 1, each point attacked white-box through itself. NS are, by choice,
 *
 *   reestimated   from samples through the AP of each t; by default clean training images
 *   interpolated  as AP are; at t = 0 and 1 these are the two cells themselves
 *   from, to      those of one end throughout
 *
 * NS that were gathered through other AP than those in use belong to another network, so only re-estimated ones tell what
 * the AP do; between the ends this holds for interpolated ones too. Moves no variable of the network.
 */
import type { AttackOptions } from '../../attacks/index.ts';
import { InputError } from '../../errors.ts';
import { evaluateGrid, type GridEvaluation } from '../../evaluation/index.ts';
import { type Cell, cellLabel } from '../../nn/index.ts';
import type { AccuracyOptions } from '../accuracies.ts';
import { type Axis, apBranchOf, branchesOf, counterparts, variablesOf } from '../branches.ts';
import { type OnProgress, phasesOf } from '../definition.ts';
import {
  copyEstimationPasses,
  type EstimationOptions,
  estimateIntoCopy,
  estimationOf,
} from '../estimation.ts';
import type { SampleType } from '../images.ts';
import { workingCopy } from '../working-copy.ts';

export const statisticsAlong = ['reestimated', 'interpolated', 'from', 'to'] as const;
export type StatisticsAlong = (typeof statisticsAlong)[number];

export interface InterpolateOptions extends AccuracyOptions {
  /** Default the cell that the network's clean accuracy is evaluated through. */
  readonly from?: Cell;
  /** Default the cell that its robustness is evaluated through. */
  readonly to?: Cell;
  /** Default 0, 0.25, 0.5, 0.75, 1. */
  readonly ts?: readonly number[];
  readonly statistics?: StatisticsAlong;
  /** How statistics are re-estimated; needed where they are. */
  readonly estimation?: EstimationOptions;
  /**
   * From what (default clean). Adversarial images are made through the AP of each t with the NS of clean images through
   * them: at t there is no running NS.
   */
  readonly source?: SampleType;
  readonly onProgress?: OnProgress;
}

export interface Interpolation {
  readonly evaluationCells: AccuracyOptions['evaluationCells'];
  readonly from: Cell;
  readonly to: Cell;
  readonly statistics: StatisticsAlong;
  readonly source: SampleType;
  readonly estimation?: {
    readonly images: number;
    readonly batchSize: number;
    readonly attack: AttackOptions;
  };
  readonly points: readonly { readonly t: number; readonly evaluation: GridEvaluation }[];
}

/** @throws InputError where the cells do not differ in what is interpolated, and as reestimate. */
export async function interpolate(options: InterpolateOptions): Promise<Interpolation> {
  const { engine, network, evaluationCells, onProgress, signal, examples } = options;
  const {
    from = evaluationCells.clean,
    to = evaluationCells.robust,
    ts = [0, 0.25, 0.5, 0.75, 1],
    source = 'clean',
  } = options;
  const { statistics = 'reestimated' } = options;
  if (ts.length === 0) throw new InputError('there are no points to interpolate at');
  for (const t of ts) if (!(t >= 0 && t <= 1)) throw new InputError(`t goes from 0 to 1; found ${t}`);
  if (statistics === 'reestimated' && !network.variables.some(({ role }) => role === 'statistic'))
    throw new InputError('this network has no normalization statistics (NS) to re-estimate at each t', [
      { where: 'statistics', what: 'use interpolated: AP alone then go from one cell to the other' },
    ]);
  const moving = movingBetween(options, from, to, statistics);
  const estimation =
    statistics === 'reestimated' && options.estimation
      ? estimationOf(network, options.estimation)
      : undefined;
  if (statistics === 'reestimated' && !estimation)
    throw new InputError('statistics are re-estimated from training images: none were given');

  // Every point is the cell `from` of the copy, which has the values of t.
  const cell = { ...from, statistics: statistics === 'to' ? to.statistics : from.statistics };
  const runningStatistics = variablesOf(network, 'statistics', cell.statistics);
  const copy = workingCopy(engine, network, [
    ...new Set([...moving.map(({ start }) => start), ...runningStatistics]),
  ]);
  const ap = apBranchOf(from);
  const share = examples.labels.length * (1 + options.attacks.length);
  const perEstimate = (estimation?.images ?? 0) * copyEstimationPasses(source);
  const phases = phasesOf(ts.length * (share + perEstimate), onProgress);
  const values = moving.map(({ start, end }) => [start, engine.read(start), engine.read(end)] as const);

  const points: { t: number; evaluation: GridEvaluation }[] = [];
  for (const t of ts) {
    for (const [variable, a, b] of values)
      copy.write(
        variable,
        a.map((value, at) => blend(t, value, b[at])),
      );
    if (estimation) {
      const keys = { runningStatistics: cell.statistics, seed: options.seed ?? 0, where: `t = ${t}` };
      await estimateIntoCopy({ ...{ engine, copy, ap, signal, phases, estimation, source }, ...keys });
    }
    const report = phases(share, `evaluating t = ${t}`);
    const evaluation = await evaluateGrid({
      ...options,
      network: copy.network,
      cells: [cell],
      onProgress: ({ done, total }) => report((done / total) * share),
    });
    points.push({ t, evaluation });
  }
  const how = estimation && {
    images: estimation.images,
    batchSize: estimation.batchSize,
    attack: estimation.attack,
  };
  return { evaluationCells, from, to, statistics, source, points, ...(how ? { estimation: how } : {}) };
}

/** Exact at both ends. */
const blend = (t: number, a: number, b: number) => (t === 1 ? b : a + t * (b - a));

/** The variables that go from one cell's values to the other's. */
function movingBetween({ network }: InterpolateOptions, from: Cell, to: Cell, statistics: StatisticsAlong) {
  const axes: readonly Axis[] = [
    'affine',
    'adapter',
    'head',
    ...(statistics === 'interpolated' ? ['statistics' as const] : []),
  ];
  const moving = axes.flatMap((axis) => {
    const [a, b] = [from[axis], to[axis]];
    return a === undefined || b === undefined || a === b ? [] : counterparts(network, axis, a, b);
  });
  if (moving.length > 0) return moving;
  const sets = axes.map((axis) => `${axis}: ${branchesOf(network, axis).join(', ')}`).join('; ');
  throw new InputError(
    `there is nothing to interpolate between ${cellLabel(from)} and ${cellLabel(to)}: choose cells that differ (${sets}), ` +
      'or interpolate statistics too',
  );
}

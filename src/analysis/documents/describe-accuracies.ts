/** From what the analyses that judge by accuracy find to their documents. */
import type { AttackOptions } from '../../attacks/index.ts';
import {
  describeResults,
  type Flags,
  type GridEvaluation,
  writeFlags,
  writeIndices,
} from '../../evaluation/index.ts';
import { type Cell, cellOf, sameCell } from '../../nn/index.ts';
import { wilsonInterval } from '../../statistics/index.ts';
import type { EvaluationCells, Through } from '../branches.ts';
import type { Curve } from '../curve.ts';
import type { Interpolation } from '../interpolate.ts';
import type { Reestimation } from '../reestimate.ts';
import type { Transfer } from '../transfer.ts';
import {
  curveDocumentSchema,
  interpolateDocumentSchema,
  reestimateDocumentSchema,
  transferDocumentSchema,
} from './accuracies.ts';
import type {
  AccuracyRow,
  AnalysisSubject,
  CurveDocument,
  InterpolateDocument,
  ReestimateDocument,
  TransferDocument,
} from './index.ts';

/** Whose analysis it is, and its epsilon as it was written. */
export interface Described extends AnalysisSubject {
  readonly epsilon: string;
}

export function describeReestimation(
  { raw, reestimated, evaluationCells, estimation }: Reestimation,
  subject: Described,
): ReestimateDocument {
  const { rows, ...header } = readEvaluation(raw);
  return reestimateDocumentSchema.parse({
    analysis: 'reestimate',
    ...subject,
    ...header,
    evaluationCells: judgedOf(evaluationCells),
    estimation: describeEstimation(estimation, subject),
    raw: rows,
    reestimated: reestimated.map(({ source, through, own, evaluation }) => ({
      source,
      ...describeThrough(through),
      ownStatistics: own,
      ...accuracyOf(evaluation),
    })),
  });
}

export function describeInterpolation(
  { evaluationCells, from, to, statistics, source, estimation, points }: Interpolation,
  subject: Described,
): InterpolateDocument {
  const { rows: _, ...header } = readEvaluation(points[0].evaluation);
  return interpolateDocumentSchema.parse({
    analysis: 'interpolate',
    ...subject,
    ...header,
    evaluationCells: judgedOf(evaluationCells),
    from: cellOf(from),
    to: cellOf(to),
    statistics,
    ...(estimation ? { source, estimation: describeEstimation(estimation, subject) } : {}),
    points: points.map(({ t, evaluation }) => ({ t, ...accuracyOf(evaluation) })),
  });
}

/** @param epsilons as written, one for each point of the curve. */
export function describeCurve(
  { evaluationCells, points }: Curve,
  { epsilons, ...subject }: AnalysisSubject & { readonly epsilons: readonly string[] },
): CurveDocument {
  const read = points.map((point) => ({
    value: point.epsilon,
    ...readEvaluation(point),
  }));
  const [{ examples, indices, norm, seed }] = read;
  return curveDocumentSchema.parse({
    analysis: 'curve',
    ...subject,
    ...{ examples, indices, norm, seed },
    evaluationCells: judgedOf(evaluationCells),
    epsilons,
    points: read.flatMap(({ value, attacks, rows }, at) =>
      rows.map((row) => ({ epsilon: epsilons[at], value, attacks, ...row })),
    ),
  });
}

export function describeTransfer(
  { evaluationCells, attack, options, seed, indices, cells, matrix }: Transfer,
  subject: Described,
): TransferDocument {
  return transferDocumentSchema.parse({
    analysis: 'transfer',
    ...subject,
    seed,
    examples: indices.length,
    indices: writeIndices(indices),
    norm: options.norm,
    attacks: { [attack]: describeAttack(options) },
    attack,
    evaluationCells: judgedOf(evaluationCells),
    cells: cells.map(({ cell, clean }) => {
      const { share, interval, outcomes } = shareOf(clean);
      return { ...cellOf(cell), clean: share, cleanInterval: interval, outcomes };
    }),
    matrix: matrix.map(({ attacked, predicted, robust }) => {
      const { share, interval, outcomes } = shareOf(robust);
      return {
        attacked: cellOf(attacked),
        predicted: cellOf(predicted),
        robust: share,
        robustInterval: interval,
        outcomes,
      };
    }),
  });
}

/** What an attack stood for. */
export const describeAttack = (options: AttackOptions) => ({ ...options });

/** Without what a branch does not say. */
export function describeThrough(through: Through): Through {
  const { statistics: _, ...rest } = cellOf({ statistics: '', ...through });
  return rest;
}

const judgedOf = ({ clean, robust }: EvaluationCells) => ({ clean: cellOf(clean), robust: cellOf(robust) });

function describeEstimation(
  { images, batchSize, attack }: Reestimation['estimation'],
  { epsilon }: Described,
) {
  return { images, batchSize, attack: describeAttack(attack), epsilon };
}

type Row = Cell & AccuracyRow;

/** An evaluation's document, with everything of a cell in one row. */
function readEvaluation(evaluation: GridEvaluation) {
  const { grid, outcomes, failedChecks } = describeResults(evaluation);
  const { examples, norm, seed, attacks } = evaluation.request;
  const rows = grid.map((row, at): Row => {
    const { clean, robust } = outcomes.grid[at];
    const own = failedChecks.filter((_, number) =>
      sameCell(evaluation.failedChecks[number], evaluation.cells[at].cell),
    );
    return {
      ...row,
      outcomes: { clean, robust },
      failedChecks: own.map(({ rule, message }) => ({ rule, message })),
    };
  });
  return { examples: examples.count, indices: examples.indices, norm, seed, attacks, rows };
}

/** The one row of an evaluation of one cell, without the cell. */
function accuracyOf(evaluation: GridEvaluation): AccuracyRow {
  const [{ clean, cleanInterval, robust, robustInterval, outcomes, failedChecks }] =
    readEvaluation(evaluation).rows;
  return { clean, cleanInterval, robust, robustInterval, outcomes, failedChecks };
}

function shareOf(flags: Flags) {
  const right = flags.reduce((total, flag) => total + flag, 0);
  const interval = wilsonInterval(right, flags.length).map((end) => Math.round(1e6 * end) / 1e6);
  return { share: right / flags.length, interval, outcomes: writeFlags(flags) };
}

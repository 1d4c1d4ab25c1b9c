/**
 * Accuracies in documents and tables: of test images, by cell, with the outcome of every image. Accuracies and shares are fractions,
 * intervals are Wilson's of 95 %.
 */

import { z } from 'zod';
import {
  cellShape,
  type Flags,
  type GridEvaluation,
  type GridOptions,
  writeFlags,
  writeIndices,
} from '../evaluation/index.ts';
import { type Cell, cellOf, sameCell } from '../nn/index.ts';
import { type Interval, wilsonInterval } from '../statistics/index.ts';
import type { ApBranch, EvaluationCells } from './branches.ts';
import type { AnalysisContext, OnProgress } from './definition.ts';
import { testExamples } from './images.ts';

/** The network, the examples it is evaluated on, and the attacks: as for evaluateGrid. */
export type AccuracyOptions = Omit<GridOptions, 'cells' | 'onProgress'> & {
  readonly evaluationCells: EvaluationCells;
};

/** The options that say how accuracies are taken; see options.ts. */
interface AskedAccuracies {
  readonly attack: string;
  readonly examples: number | 'all';
  readonly batchSize: number;
  readonly seed: number;
}

/** What the analyses need that evaluate accuracy, but the bound of the attack. */
export function accuracyOptions(
  { engine, network, evaluationCells, test, onProgress, signal }: AnalysisContext,
  { attack, examples, batchSize, seed }: AskedAccuracies,
): Omit<AccuracyOptions, 'epsilon'> & { readonly onProgress?: OnProgress } {
  return {
    ...{ engine, network, evaluationCells, attacks: [attack], batchSize, seed },
    examples: testExamples(test, examples === 'all' ? test.count : examples),
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  };
}

export const fraction = z.number().min(0).max(1);
export const intervalSchema = z.tuple([z.number(), z.number()]);
/** A digit an example, 1 for right; readFlags reads it. */
export const flagsSchema = z.string().regex(/^[01]*$/);

const { statistics: _, ...withoutStatistics } = cellShape;
/** AP, with adapter and head where the network has several: a cell without its NS. */
export const apBranchShape = withoutStatistics;
export const cellSchema = z.object(cellShape);

/** The test images that accuracies are of, the same for all rows of a document. */
export const examplesShape = {
  /** How many. */
  examples: z.int().min(1),
  /** Their places in the test set; readIndices reads it. */
  indices: z.string(),
};

/** Clean accuracy and robust accuracy under attacks through the same cell, with the outcomes of single examples. */
export const accuracyShape = {
  clean: fraction,
  cleanInterval: intervalSchema,
  /** By the name of the attack. */
  robust: z.record(z.string(), fraction),
  robustInterval: z.record(z.string(), intervalSchema),
  /** In the order of `indices`. */
  outcomes: z.object({ clean: flagsSchema, robust: z.record(z.string(), flagsSchema) }),
  failedChecks: z.array(z.object({ rule: z.string(), message: z.string() })),
};

export type AccuracyRow = Readonly<z.output<z.ZodObject<typeof accuracyShape>>>;

export const examplesOf = (indices: readonly number[]) => ({
  examples: indices.length,
  indices: writeIndices(indices),
});

/** The cells of an evaluation, a row each. */
export function accuracyRows({ attacks, cells, failedChecks }: GridEvaluation): (Cell & AccuracyRow)[] {
  return cells.map(({ cell, clean, robust }) => {
    const shares = attacks.map((name) => [name, shareOf(robust[name])] as const);
    const { share, interval, outcomes } = shareOf(clean);
    const failed = failedChecks.filter((check) => sameCell(check, cell));
    return {
      ...cellOf(cell),
      clean: share,
      cleanInterval: interval,
      robust: Object.fromEntries(shares.map(([name, each]) => [name, each.share])),
      robustInterval: Object.fromEntries(shares.map(([name, each]) => [name, each.interval])),
      outcomes: {
        clean: outcomes,
        robust: Object.fromEntries(shares.map(([name, each]) => [name, each.outcomes])),
      },
      failedChecks: failed.map(({ rule, message }) => ({ rule, message })),
    };
  });
}

/** The one row of an evaluation of one cell, without the cell. */
export function accuracyOf(evaluation: GridEvaluation): AccuracyRow {
  const [{ clean, cleanInterval, robust, robustInterval, outcomes, failedChecks }] = accuracyRows(evaluation);
  return { clean, cleanInterval, robust, robustInterval, outcomes, failedChecks };
}

/** How many of the flags are set, with an interval to six digits, which are more than it means. */
export function shareOf(flags: Flags): {
  readonly share: number;
  readonly interval: [number, number];
  readonly outcomes: string;
} {
  const right = flags.reduce((total, flag) => total + flag, 0);
  const [low, high] = wilsonInterval(right, flags.length);
  const rounded = (end: number) => Math.round(1e6 * end) / 1e6;
  return {
    share: right / flags.length,
    interval: [rounded(low), rounded(high)],
    outcomes: writeFlags(flags),
  };
}

/** Without what a branch does not say. */
export function writtenApBranch(ap: ApBranch): ApBranch {
  const { statistics: _, ...rest } = cellOf({ statistics: '', ...ap });
  return rest;
}

// As tables of text: accuracies in percent with their intervals.

export const leftColumn = (title: string) => ({ title, align: 'left' }) as const;
export const rightColumn = (title: string) => ({ title, align: 'right' }) as const;

/** Without its unit, which the column names. */
export const percentCell = (fraction: number) => (100 * fraction).toFixed(1);
const accuracy = (share: number, [low, high]: Interval) =>
  `${percentCell(share)} [${percentCell(low)}, ${percentCell(high)}]`;

/** The columns of clean accuracy and of robust accuracy under each attack of a row. */
export const accuracyColumns = (row: AccuracyRow | undefined) =>
  ['clean %', ...Object.keys(row?.robust ?? {}).map((name) => `${name} %`)].map(rightColumn);

export const accuracyCells = ({ clean, cleanInterval, robust, robustInterval }: AccuracyRow) => [
  accuracy(clean, cleanInterval),
  ...Object.keys(robust).map((name) => accuracy(robust[name], robustInterval[name])),
];

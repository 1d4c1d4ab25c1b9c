/** Questions about a grid that tables and figures both ask. */
import type { ReportCell, ReportEvaluation } from './model.ts';

/**
 * Whether a cell pairs AP with the NS of another branch, gathered through other AP. In a grid with one NS or one AP nothing
 * can be mispaired.
 */
export function isRawSwap({ statistics, affine }: ReportCell, grid: readonly ReportCell[]): boolean {
  const branches = new Set(grid.map((cell) => cell.affine));
  return statistics !== affine && branches.size > 1 && branches.has(statistics);
}

/** The attacks of an evaluation, in the order in which they were given. */
export const attacksOf = ({ grid }: ReportEvaluation): string[] => [
  ...new Set(grid.flatMap(({ robust }) => Object.keys(robust))),
];

/** What a cell is made of besides its NS: its AP, then adapter and head where it says them. */
export const partsName = ({ affine, adapter, head }: ReportCell): string =>
  [
    affine,
    ...(adapter === undefined ? [] : [`adapter ${adapter}`]),
    ...(head === undefined ? [] : [`head ${head}`]),
  ].join(', ');

/** Questions about a grid that tables and figures both ask. */
import { cellLabel } from '../nn/index.ts';
import type { ReportCell, ReportEvaluation, ReportRun } from './model.ts';

/** The evaluation that a run is compared by. */
export const latestEvaluation = ({ evaluations }: ReportRun): ReportEvaluation | undefined =>
  evaluations.at(-1);

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

/** AP, with adapter and head where a network has several, as documents say them. */
export interface Parts {
  readonly affine: string;
  readonly adapter?: string | undefined;
  readonly head?: string | undefined;
}

/** What a cell is made of besides its NS: its AP, then adapter and head where it says them. */
export const partsName = ({ affine, adapter, head }: Parts): string =>
  [
    affine,
    ...(adapter === undefined ? [] : [`adapter ${adapter}`]),
    ...(head === undefined ? [] : [`head ${head}`]),
  ].join(', ');

/** 'NS adv, AP clean': nn's cellLabel, of a cell as documents say it. */
export const cellName = ({
  statistics,
  affine,
  adapter,
  head,
}: Parts & { readonly statistics: string }): string =>
  cellLabel({
    statistics,
    affine,
    ...(adapter !== undefined && { adapter }),
    ...(head !== undefined && { head }),
  });

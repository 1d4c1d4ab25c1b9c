/** Clean against robust accuracy: every cell of every run as a point with its intervals. */

import type { Accuracy } from '../accuracy.ts';
import { attacksOf, isRawSwap, latestEvaluation, partsName } from '../cells.ts';
import { paint, paints } from '../drawing/palette.ts';
import { attackName } from '../format.ts';
import { html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import type { Figure } from './figure.ts';
import { gridRows } from './grid.ts';
import { type PointShape, pointShapes } from './key-mark.ts';
import { scatter } from './scatter.ts';
import type { Series } from './series.ts';

/** More runs than colors can tell apart are shown by regime: see run-groups. */
export const mostRuns = paints('run').length;

/** @returns undefined where no run was evaluated under an attack that all evaluated runs share, and for too many runs. */
export function tradeoff(runs: readonly ReportRun[]): Figure | undefined {
  const evaluated = runs.flatMap((run) => {
    const evaluation = latestEvaluation(run);
    return evaluation ? [{ name: run.name, evaluation }] : [];
  });
  const attack = sharedAttacks(evaluated.map(({ evaluation }) => attacksOf(evaluation))).at(-1);
  if (attack === undefined || evaluated.length > mostRuns) return undefined;
  const colors = paints('run');
  const affines = [
    ...new Set(evaluated.flatMap(({ evaluation }) => evaluation.grid.map((cell) => `AP ${partsName(cell)}`))),
  ];
  const shapeOf = (affine: string): PointShape => pointShapes[affines.indexOf(affine) % pointShapes.length];
  // A series is a run and an AP: color says the one, shape the other.
  const series = new Map<string, Series>();
  const points = evaluated.flatMap(({ name, evaluation: { grid } }, at) =>
    grid.map((cell) => {
      const affine = `AP ${partsName(cell)}`;
      const each: Series = { name: `${name}, ${affine}`, color: colors[at], shape: shapeOf(affine) };
      series.set(each.name, each);
      return {
        series: each.name,
        hollow: isRawSwap(cell, grid),
        clean: cell.clean,
        robust: cell.robust[attack] ?? missing,
      };
    }),
  );
  const names = evaluated.map(({ name }) => name);
  const title = `Clean and ${attackName(attack)} accuracy`;
  return {
    id: 'tradeoff',
    title,
    caption: html`Clean accuracy against accuracy under ${attackName(attack)}, each cell a point with 95% intervals. Its shape
      tells the AP; hollow points are raw swaps. Better is up and to the right.`,
    key: [
      ...names.map((label, at) => ({ label, color: colors[at], mark: 'line' as const })),
      ...affines.map((label) => ({ label, color: paint('ink'), mark: shapeOf(label) })),
    ],
    panels: [
      {
        name: 'points',
        title,
        description: `${title} of every cell of ${names.join(', ')}`,
        chart: scatter({ points, series: [...series.values()], attack: attackName(attack) }),
      },
    ],
    data: evaluated.flatMap(({ name, evaluation }) => gridRows(name, evaluation)),
  };
}

const missing: Accuracy = { value: Number.NaN };

export const sharedAttacks = ([first = [], ...rest]: readonly (readonly string[])[]): string[] =>
  first.filter((attack) => rest.every((attacks) => attacks.includes(attack)));

/** The result first: every cell of every run in one table, the trade-off plot, and the training curves over one another. */
import {
  type Accuracy,
  attackName,
  beside,
  type Figure,
  fact,
  figure,
  html,
  type PointShape,
  paint,
  paints,
  partsName,
  plural,
  pointShapes,
  type Section,
  type Series,
  scatter,
  table,
  text,
} from '../figures/index.ts';
import { cellTable, gridRows } from './grid-figure.ts';
import {
  attacksOf,
  isRawSwap,
  latestEvaluation,
  type ReportEvaluation,
  type ReportPart,
  type ReportRun,
  sharedAttacks,
} from './report-data.ts';
import { runOverlay } from './training-curves.ts';

export const comparison: ReportPart = async ({ runs }) => {
  const evaluated = runs.flatMap((run) => {
    const evaluation = latestEvaluation(run);
    return evaluation ? [{ name: run.name, evaluation }] : [];
  });
  const sections: Section[] = [];
  if (evaluated.length > 0) {
    const attacks = [...new Set(evaluated.flatMap(({ evaluation }) => attacksOf(evaluation)))];
    const conditions = [...new Set(evaluated.map(({ evaluation }) => condition(evaluation)))];
    const explanation = html`<p>Accuracy in per cent with 95% intervals over test images, on ${conditions.join('; on ')}. Every cell is attacked
      white-box through itself, with running NS.${conditions.length > 1 && ' The runs were evaluated under different conditions: compare with care.'}</p>`;
    const cells = {
      id: 'results-table',
      body: cellTable({
        caption: 'Clean and robust accuracy by cell of the NS × AP grid, %',
        runs: evaluated,
        attacks,
      }),
      data: evaluated.flatMap(({ name, evaluation }) => gridRows(name, evaluation)),
    };
    const blocks = [...text(explanation), ...beside(table(cells), await figure(tradeoff(runs)))];
    sections.push({ id: 'results', heading: 'Results', blocks });
  }
  const overlay = await figure(runOverlay(runs));
  if (overlay.length > 0) sections.push({ id: 'training', heading: 'Training', blocks: overlay });
  return sections;
};

const condition = ({ dataset, examples, norm, epsilon }: ReportEvaluation): string =>
  `${plural(examples, 'image')} of ${dataset}, ${norm} ε\u00a0=\u00a0${fact(epsilon)}`;

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

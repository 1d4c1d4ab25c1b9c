/** The NS x AP grid of runs: as heat maps (clean accuracy, and accuracy under each attack), as a table, and as rows of data. */
import {
  type Accuracy,
  attackName,
  type CsvRow,
  type Figure,
  type HeatMap,
  type Html,
  heatMap,
  heatTop,
  html,
  type Panel,
  partsName,
  percent,
  percentInterval,
  plural,
  slug,
} from '../figures/index.ts';
import { cellLabel, cellOf } from '../nn/index.ts';
import {
  attacksOf,
  isRawSwap,
  latestEvaluation,
  type ReportCell,
  type ReportEvaluation,
  type ReportRun,
} from './report-data.ts';

/** The ends of the color scales, common to the runs that are compared. */
export interface GridScale {
  readonly clean: number;
  readonly robust: number;
}

export function gridScale(runs: readonly ReportRun[]): GridScale {
  const cells = runs.flatMap((run) => latestEvaluation(run)?.grid ?? []);
  return {
    clean: heatTop(cells.map(({ clean }) => clean.value)),
    robust: heatTop(cells.flatMap(({ robust }) => Object.values(robust).map(({ value }) => value))),
  };
}

/** @returns undefined where the run was not evaluated. */
export function gridFigure(run: ReportRun, scale: GridScale): Figure | undefined {
  const evaluation = latestEvaluation(run);
  if (!evaluation) return undefined;
  const { grid, epsilon, norm, examples, dataset } = evaluation;
  const swapped = grid.some((cell) => isRawSwap(cell, grid));
  const chart = (of: (cell: (typeof grid)[number]) => Accuracy | undefined, rest: Omit<HeatMap, 'cells'>) =>
    heatMap({
      ...rest,
      cells: grid.map((cell) => ({
        row: `NS ${cell.statistics}`,
        column: `AP ${partsName(cell)}`,
        accuracy: of(cell) ?? { value: Number.NaN },
        note: isRawSwap(cell, grid) ? 'raw swap' : '',
      })),
    });
  const describe = (what: string, of: (cell: (typeof grid)[number]) => Accuracy | undefined) =>
    `${what} of ${run.name}: ${grid.map((cell) => `${cellLabel(cell)}: ${percent(of(cell)?.value ?? Number.NaN)}%`).join('; ')}`;
  const clean: Panel = {
    name: 'clean',
    title: 'Clean accuracy, %',
    description: describe('Clean accuracy', (cell) => cell.clean),
    chart: chart((cell) => cell.clean, { ramp: 'heat-clean', top: scale.clean }),
  };
  const robust = attacksOf(evaluation).map((attack): Panel => {
    const title = `Accuracy under ${attackName(attack)}, %`;
    return {
      name: slug(attack),
      title,
      description: describe(title, (cell) => cell.robust[attack]),
      chart: chart((cell) => cell.robust[attack], { ramp: 'heat-adv', top: scale.robust }),
    };
  });
  return {
    id: `${slug(run.name)}-grid`,
    title: `${run.name}: the NS × AP grid, ${norm} ε = ${epsilon}`,
    caption: html`${run.name} on ${plural(examples, 'test image')} of ${dataset}, ${norm} ε\u00a0=\u00a0${epsilon}, with 95% intervals. Every
      cell is attacked white-box through itself.${swapped && ' A raw swap pairs AP with the NS of the other branch, which were gathered through other AP.'}`,
    key: [],
    panels: [clean, ...robust],
    data: gridRows(run.name, evaluation),
  };
}

/** The grid as rows: run, cell, measure ('clean' or an attack), accuracy and interval as fractions. */
export function gridRows(run: string, evaluation: ReportEvaluation): CsvRow[] {
  const { grid, dataset, examples, epsilon, norm, checkpoint } = evaluation;
  return grid.flatMap(({ clean, robust, ...cell }) =>
    Object.entries({ clean, ...robust }).map(([measure, { value, interval }]) => ({
      run,
      checkpoint,
      dataset,
      examples,
      norm,
      epsilon,
      ...cellOf(cell),
      measure,
      accuracy: value,
      low: interval?.[0],
      high: interval?.[1],
    })),
  );
}

export interface CellTable {
  readonly caption: string;
  readonly runs: readonly { readonly name: string; readonly evaluation: ReportEvaluation }[];
  readonly attacks: readonly string[];
}

export function cellTable({ caption, runs, attacks }: CellTable): Html {
  const columns = ['NS', 'AP', 'clean', ...attacks.map(attackName)];
  const groups = runs.map(
    ({ name, evaluation: { grid } }) => html`<tbody>
      <tr class="group"><th scope="rowgroup" colspan="${columns.length}">${name}</th></tr>
      ${grid.map((cell) => cellRow(cell, attacks, isRawSwap(cell, grid)))}
    </tbody>`,
  );
  return html`<table class="cells">
    <caption>${caption}</caption>
    <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
    ${groups}
  </table>`;
}

function cellRow(cell: ReportCell, attacks: readonly string[], swap: boolean): Html {
  const accuracies = [cell.clean, ...attacks.map((attack) => cell.robust[attack])];
  return html`<tr${swap && html` class="swap"`}><td>${cell.statistics}</td>
    <td>${partsName(cell)}${swap && html` <span class="tag">raw swap</span>`}</td>${accuracies.map(accuracyCell)}</tr>`;
}

const accuracyCell = (measured: Accuracy | undefined): Html =>
  html`<td><span class="value">${percent(measured?.value ?? Number.NaN)}</span>${
    measured?.interval && html` <small>${percentInterval(measured.interval)}</small>`
  }</td>`;

/** Cells of grids as a table: a group of rows a run, a row a cell, clean and robust accuracy with their intervals. */

import type { Accuracy } from '../accuracy.ts';
import { isRawSwap, partsName } from '../cells.ts';
import { attackName, percent, percentInterval } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportCell, ReportEvaluation } from '../model.ts';

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

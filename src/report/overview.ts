/**
 * What comes before and after the results: the facts that all runs share, those in which they differ, failed checks, and how
 * to read the report.
 */
import { fact, type Html, html, type Table, table, text } from '../figures/index.ts';
import { isRawSwap, type ReportPart, type ReportRun } from './report-data.ts';

export const overview: ReportPart = ({ runs }) => {
  const { common, differing } = splitFacts(runs);
  const blocks = [
    ...text(common.length > 0 ? factsHtml(common) : undefined),
    ...table(differing.length > 0 ? differences(runs, differing) : undefined),
  ];
  return [{ id: 'overview', heading: 'What was run', blocks }];
};

/** Names with values, such as 'training images' 10,000. */
export const factsHtml = (facts: readonly Fact[]): Html =>
  html`<dl class="facts">${facts.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${fact(value)}</dd></div>`)}</dl>`;

export interface Fact {
  readonly name: string;
  readonly value: string | number;
}

/** Facts that are the same in every run, and the names of the others, in the order of the summaries. */
export function splitFacts(runs: readonly ReportRun[]): { common: Fact[]; differing: string[] } {
  const names = [...new Set(runs.flatMap(({ summary }) => Object.keys(summary)))];
  const common = names.flatMap((name) => {
    const values = new Set(runs.map(({ summary }) => summary[name]));
    const [value] = values;
    return values.size === 1 && value !== undefined ? [{ name, value }] : [];
  });
  const differing = names.filter((name) => !common.some((each) => each.name === name));
  return { common, differing };
}

const differences = (runs: readonly ReportRun[], names: readonly string[]): Table => ({
  id: 'runs',
  body: html`<table>
  <caption>How the runs differ</caption>
  <thead><tr><th scope="col">run</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
  <tbody>${runs.map(
    ({ name, summary }) =>
      html`<tr><th scope="row">${name}</th>${names.map((key) => html`<td>${fact(summary[key] ?? '–')}</td>`)}</tr>`,
  )}</tbody>
</table>`,
  data: runs.map(({ name, summary }) => ({ run: name, ...summary })),
});

/** @returns undefined where there is nothing to worry about. */
export function failedChecksHtml(runs: readonly ReportRun[]): Html | undefined {
  const failedChecks = runs.flatMap(({ name, evaluations, problems }) =>
    [...problems, ...new Set(evaluations.flatMap((evaluation) => evaluation.failedChecks))].map(
      (failedCheck) => html`<li>${runs.length > 1 && html`<b>${name}:</b> `}${failedCheck}</li>`,
    ),
  );
  if (failedChecks.length === 0) return undefined;
  return html`<div class="failed-checks" role="note"><p>Failed checks: read these before the numbers</p><ul>${failedChecks}</ul></div>`;
}

export const notes: ReportPart = ({ runs }) => {
  const swapped = runs.some(({ evaluations }) =>
    evaluations.some(({ grid }) => grid.some((cell) => isRawSwap(cell, grid))),
  );
  const body = html`
    <p><b>NS</b> are the normalization statistics, mean and variance of each channel; here the running ones. <b>AP</b> are
      the affine parameters, scale and shift, that follow. A network may have one set of each, or one for clean and one
      for adversarial images; the two choices are independent, and a cell of the grid is one NS with one AP.</p>
    ${
      swapped &&
      html`<p><b>Raw swaps</b> decide nothing about AP by themselves. NS are gathered through the AP that were in use, so a
      raw swap pairs AP with the statistics of what is another network, and accuracy may fall to chance whichever AP are
      better. A fair comparison re-estimates the statistics through the AP that will use them.</p>`
    }
    <p><b>Intervals</b> cover the choice of test images alone, not the choice of seed: two runs that differ in nothing but
      the seed may differ by more. <b>Robust accuracy</b> under an attack is an upper bound: a stronger attack may find
      more.</p>`;
  return [{ id: 'reading', heading: 'How to read this', blocks: text(body) }];
};

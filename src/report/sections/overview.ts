/** What was run: the facts that all runs share once, and those in which they differ as a table. */
import { fact } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import { table, text } from './blocks.ts';
import type { SectionMaker, Table } from './section.ts';

export const overview: SectionMaker = ({ runs }) => {
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
  <caption>In what the runs differ</caption>
  <thead><tr><th scope="col">run</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
  <tbody>${runs.map(
    ({ name, summary }) =>
      html`<tr><th scope="row">${name}</th>${names.map((key) => html`<td>${fact(summary[key] ?? '–')}</td>`)}</tr>`,
  )}</tbody>
</table>`,
  data: runs.map(({ name, summary }) => ({ run: name, ...summary })),
});

/** Runs that differ in nothing but the seed, averaged: a table of cells, a trade-off plot, training curves in panels. */
import { cellLabel, cellOf } from '../../nn/index.ts';
import { isRawSwap, partsName } from '../cells.ts';
import { groupBy, mean } from '../figures/mean.ts';
import { regimeTradeoff } from '../figures/regime-tradeoff.ts';
import { smallCurves } from '../figures/small-curves.ts';
import { mostRuns, sharedAttacks } from '../figures/tradeoff.ts';
import { attackName, percent } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportEvaluation } from '../model.ts';
import { type RunGroup, runGroups } from '../run-groups.ts';
import { beside, figure, table, text } from './blocks.ts';
import type { Section, SectionMaker, Table } from './section.ts';

/** A cell of a group's networks, each evaluated once. */
interface MeanCell {
  readonly group: string;
  readonly cell: string;
  readonly swap: boolean;
  readonly seeds: readonly number[];
  readonly clean: readonly number[];
  /** By attack, in the order of seeds. */
  readonly robust: Readonly<Record<string, readonly number[]>>;
}

/** Where some regime was trained with several seeds, or there are more runs than can be laid over one another. */
export const seeds: SectionMaker = async ({ runs }) => {
  const groups = runGroups(runs);
  if (groups.length === runs.length && runs.length <= mostRuns) return [];
  const cells = groups.flatMap(meanCells);
  const sections: Section[] = [];
  if (cells.length > 0) {
    const attacks = sharedAttacks(cells.map(({ robust }) => Object.keys(robust)));
    const plot = await figure(tradeoffOf(cells, attacks.at(-1)));
    const said = html`<p>Runs that differ in nothing but the seed, averaged: the mean accuracy in per cent, and in small print the
      lowest and the highest of the seeds. Of evaluations under several conditions, those count that most runs of a group
      share.</p>`;
    const blocks = [...text(said), ...beside(table(meanTable(cells, attacks)), plot)];
    sections.push({ id: 'seeds', heading: 'By regime, over seeds', blocks });
  }
  const curves = await figure(smallCurves(groups, 'seed-curves', 'Training by regime'));
  if (curves.length > 0)
    sections.push({ id: 'seed-training', heading: 'Training by regime', blocks: curves });
  return sections;
};

/** Of the evaluations made under the condition that most of the runs share; the latest where a run has several. */
function meanCells({ label, runs }: RunGroup): MeanCell[] {
  const evaluated = runs.flatMap(({ seed, evaluations }) =>
    evaluations.map((evaluation) => ({ seed, evaluation })),
  );
  const byCondition = groupBy(evaluated, ({ evaluation }) => condition(evaluation));
  const candidates = [...byCondition.values()].map((all) => [
    ...new Map(all.map((each) => [each.seed, each])).values(),
  ]);
  const alike = candidates.reduce((best, each) => (each.length >= best.length ? each : best), []);
  const [first] = alike;
  if (!first) return [];
  const attacks = Object.keys(first.evaluation.grid[0]?.robust ?? {});
  return first.evaluation.grid.flatMap((cell) => {
    const label_ = cellLabel(cellOf(cell));
    const same = alike.flatMap(({ seed, evaluation }) =>
      evaluation.grid
        .filter((other) => cellLabel(cellOf(other)) === label_)
        .map((other) => ({ seed, other })),
    );
    return {
      group: label,
      cell: `NS ${cell.statistics}, AP ${partsName(cell)}`,
      swap: isRawSwap(cell, first.evaluation.grid),
      seeds: same.map(({ seed }) => seed),
      clean: same.map(({ other }) => other.clean.value),
      robust: Object.fromEntries(
        attacks.map((attack) => [attack, same.map(({ other }) => other.robust[attack]?.value ?? Number.NaN)]),
      ),
    };
  });
}

const condition = ({ dataset, examples, norm, epsilon, checkpoint, grid }: ReportEvaluation): string =>
  JSON.stringify([dataset, examples, norm, epsilon, checkpoint, Object.keys(grid[0]?.robust ?? {})]);

const tradeoffOf = (cells: readonly MeanCell[], attack: string | undefined) =>
  attack === undefined
    ? undefined
    : regimeTradeoff({
        id: 'seed-tradeoff',
        title: 'Clean and robust accuracy by regime',
        attack,
        hollow: 'raw swaps',
        whiskers: '',
        panels: [
          {
            title: `Clean and ${attackName(attack)} accuracy`,
            points: cells.map(({ group, cell, swap, clean, robust }) => ({
              series: group,
              cell,
              hollow: swap,
              clean: { value: mean(clean) },
              robust: { value: mean(robust[attack]) },
              seeds: clean.map((value, at) => ({ clean: value, robust: robust[attack][at] })),
            })),
          },
        ],
      });

function meanTable(cells: readonly MeanCell[], attacks: readonly string[]): Table {
  const row = ({
    group,
    cell,
    swap,
    seeds: of,
    clean,
    robust,
  }: MeanCell): Html => html`<tr${swap && html` class="swap"`}>
    <th scope="row">${group}</th><td>${cell}${swap && html` <span class="tag">raw swap</span>`}</td><td>${of.length}</td>
    ${[clean, ...attacks.map((attack) => robust[attack])].map(meanHtml)}</tr>`;
  return {
    id: 'seeds-table',
    body: html`<table class="cells"><caption>Means over seeds, %</caption>
      <thead><tr>${['regime', 'cell', 'seeds', 'clean', ...attacks.map(attackName)].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
      <tbody>${cells.map(row)}</tbody></table>`,
    data: cells.flatMap(({ group, cell, seeds: of, clean, robust }) =>
      Object.entries({ clean, ...robust }).flatMap(([measure, values]) =>
        values.map((accuracy, at) => ({ group, cell, seed: of[at], measure, accuracy })),
      ),
    ),
  };
}

const meanHtml = (values: readonly number[]): Html =>
  html`<td><span class="value">${percent(mean(values))}</span>${values.length > 1 && html` <small>${percent(Math.min(...values))}–${percent(Math.max(...values))}</small>`}</td>`;

/** Runs that differ in nothing but the seed, averaged: a table of cells, a trade-off plot, training curves in panels. */
import {
  attackName,
  beside,
  figure,
  groupBy,
  type Html,
  html,
  mean,
  partsName,
  percent,
  type Section,
  type Table,
  table,
  text,
} from '../figures/index.ts';
import { cellLabel, cellOf } from '../nn/index.ts';
import { mostRuns } from './comparison.ts';
import { regimeTradeoff } from './regime-tradeoff.ts';
import {
  isRawSwap,
  type ReportEvaluation,
  type ReportPart,
  type ReportRun,
  sharedAttacks,
} from './report-data.ts';
import { smallCurves } from './small-curves.ts';

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
export const seeds: ReportPart = async ({ runs }) => {
  const groups = runGroups(runs);
  if (groups.length === runs.length && runs.length <= mostRuns) return [];
  const cells = groups.flatMap(meanCells);
  const sections: Section[] = [];
  if (cells.length > 0) {
    const attacks = sharedAttacks(cells.map(({ robust }) => Object.keys(robust)));
    const plot = await figure(tradeoffOf(cells, attacks.at(-1)));
    const explanation = html`<p>Runs that differ in nothing but the seed, averaged: the mean accuracy in per cent, and in small print the
      lowest and the highest of the seeds. Of evaluations under several conditions, those count that most runs of a group
      share.</p>`;
    const blocks = [...text(explanation), ...beside(table(meanTable(cells, attacks)), plot)];
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

export interface RunGroup {
  /** The regime, with what tells it from other groups of the same regime. */
  readonly label: string;
  readonly runs: readonly ReportRun[];
}

/** Facts that may tell groups of one regime apart, in the order in which they are tried. */
const telling = ['training attack', 'network', 'data set', 'training images'] as const;

export function runGroups(runs: readonly ReportRun[]): RunGroup[] {
  const groups = [...groupBy(runs, ({ recipe }) => recipe).values()];
  const labels = groups.map((group) =>
    labelOf(
      group[0],
      groups.map(([run]) => run),
    ),
  );
  return groups.map((group, at) => {
    const label = labels[at];
    const number = labels.slice(0, at).filter((other) => other === label).length;
    return { label: number === 0 ? label : `${label} (${number + 1})`, runs: group };
  });
}

/** The regime, and as many facts as it takes to tell it from the others. */
function labelOf(run: ReportRun, all: readonly ReportRun[]): string {
  let alike = all.filter((other) => other !== run && other.regime === run.regime);
  const parts: string[] = [run.regime];
  for (const name of telling) {
    if (alike.every((other) => other.summary[name] === run.summary[name])) continue;
    parts.push(String(run.summary[name]));
    alike = alike.filter((other) => other.summary[name] === run.summary[name]);
  }
  return parts.join(', ');
}

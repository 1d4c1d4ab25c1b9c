/** The NS × AP grid at test time: NS_x^y, the raw swaps beside it, interpolation, transfer, and curves over epsilon. */
import {
  curvePoints,
  interpolateAnalysis,
  reestimationFigure,
  reestimationTop,
  transferAnalysis,
} from '../../analysis/index.ts';
import {
  attackName,
  type Block,
  epsilonCurve,
  type Figure,
  figures,
  groupBy,
  heatMap,
  heatTop,
  html,
  meanAccuracy,
  partsName,
  percent,
  plural,
  type Section,
  type SectionMaker,
  seedsText,
  slug,
  text,
} from '../../figures/index.ts';
import { analysisBlocks, isRawSwap, latestEvaluation, type ReportCell } from '../../report/index.ts';
import { type Group, groupsOf, type ReproductionReport, stageText, subjectsOf, variantAt } from './model.ts';

const section = (id: string, heading: string, blocks: readonly Block[], said?: string): Section[] =>
  blocks.length === 0
    ? []
    : [{ id, heading, blocks: [...text(said === undefined ? undefined : html`<p>${said}</p>`), ...blocks] }];

export const testTime: SectionMaker<ReproductionReport> = async (report) => {
  const eachOf = async (definition: typeof interpolateAnalysis | typeof transferAnalysis) =>
    (
      await Promise.all(
        subjectsOf(report, definition.name).map((subject) => analysisBlocks(definition, subject)),
      )
    ).flat();
  return [
    ...section(
      'reestimated',
      'NS re-estimated through the AP that use them',
      await figures(reestimatedFigures(report)),
      'What claims 3 and 6 are decided on: the AP are fixed, and only the samples change that the statistics are estimated from.',
    ),
    ...section(
      'raw',
      'The raw grids, with running NS',
      await figures(groupsOf(report).map((group) => rawGrid(group))),
      'A raw swap pairs AP with running NS that were gathered through other AP, so it decides nothing about AP by itself.',
    ),
    ...section('interpolation', 'AP interpolated', await eachOf(interpolateAnalysis)),
    ...section(
      'transfer',
      'Attack through one cell, prediction through another',
      await eachOf(transferAnalysis),
    ),
    ...section('epsilon', 'Accuracy over epsilon', await figures(curveFigures(report))),
  ];
};

function reestimatedFigures({ document }: ReproductionReport): (Figure | undefined)[] {
  const groups = groupBy(
    document.reestimated,
    ({ variant, epsilon, stage }) => `${variantAt(variant, epsilon)}, ${stageText(stage)}`,
  );
  return [...groups].map(([label, cells]) =>
    reestimationFigure({
      id: slug(`reestimated ${label}`),
      label,
      cells: cells.map(({ source, affine, clean, robust }) => ({ source, affine, clean, robust })),
      attack: document.attacks.map(attackName).join(' and '),
      top: reestimationTop(document.reestimated),
      basis: `Means of ${plural(cells[0].clean.seeds.length, 'seed')} with 95% intervals over seeds and ${plural(document.examples.reestimated, 'test image')}.`,
    }),
  );
}

/** Means over seeds. @returns undefined for networks of one cell, and where none was evaluated. */
function rawGrid({ variant, epsilon, runs }: Group): Figure | undefined {
  const grids = runs.flatMap((run) => latestEvaluation(run)?.grid ?? []);
  const cells = [...groupBy(grids, (cell) => `${cell.statistics} ${partsName(cell)}`).values()];
  if (cells.length < 2) return undefined;
  const label = variantAt(variant, epsilon);
  const first = cells.map(([cell]) => cell);
  const attack = Object.keys(first[0].robust).at(-1);
  const means = (of: (cell: ReportCell) => { readonly value: number } | undefined) =>
    cells.map((group) => meanAccuracy(group.flatMap((cell) => of(cell) ?? [])));
  const measures = [
    { name: 'clean', title: 'Clean accuracy, %', ramp: 'heat-clean', values: means(({ clean }) => clean) },
    ...(attack === undefined
      ? []
      : ([
          {
            name: 'robust',
            title: `Accuracy under ${attackName(attack)}, %`,
            ramp: 'heat-adv',
            values: means(({ robust }) => robust[attack]),
          },
        ] as const)),
  ] as const;
  return {
    id: slug(`raw ${label}`),
    title: `${label}: the raw NS × AP grid`,
    caption: html`${label}: every cell attacked white-box through itself, with the running NS as training left them.
      ${seedsText(runs.length, '')}`,
    key: [],
    panels: measures.map(({ name, title, ramp, values }) => ({
      name,
      title,
      description: `${title} of ${label}: ${first.map((cell, at) => `NS ${cell.statistics}, AP ${partsName(cell)}: ${percent(values[at].value)}%`).join('; ')}`,
      chart: heatMap({
        ramp,
        top: heatTop(values.map(({ value }) => value)),
        cells: first.map((cell, at) => ({
          row: `NS ${cell.statistics}`,
          column: `AP ${partsName(cell)}`,
          accuracy: values[at],
          note: isRawSwap(cell, first) ? 'raw swap' : '',
        })),
      }),
    })),
    data: measures.flatMap(({ name, values }) =>
      first.map((cell, at) => ({
        variant,
        epsilon,
        statistics: cell.statistics,
        affine: partsName(cell),
        measure: name === 'clean' ? name : attack,
        mean: values[at].value,
        seeds: cells[at].length,
      })),
    ),
  };
}

/** The regimes of one training epsilon over one another. */
function curveFigures(report: ReproductionReport): (Figure | undefined)[] {
  const subjects = subjectsOf(report, 'curve');
  return [...groupBy(subjects, ({ epsilon }) => epsilon ?? '')].map(([epsilon, group]) =>
    epsilonCurve({
      id: slug(`curves ${epsilon}`),
      title: epsilon === '' ? 'Trained without an attack' : `Trained at ε\u00a0=\u00a0${epsilon}`,
      points: group.flatMap(({ variant, documents }) =>
        documents.flatMap((document) => curvePoints(document, variant)),
      ),
      examples: group[0].documents[0].result.examples,
      lines: 'a line for each variant, through its evaluation cell of robustness, one network of each',
    }),
  );
}

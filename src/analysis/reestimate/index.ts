/** What robustness owes to NS, as an analysis of a run: see reestimate.ts. */

import { z } from 'zod';
import { cellShape } from '../../evaluation/index.ts';
import {
  type Accuracy,
  attackName,
  type Figure,
  type FigureSubject,
  groupBy,
  heatMap,
  heatTop,
  html,
  meanAccuracy,
  type Panel,
  partsName,
  percent,
  plural,
} from '../../figures/index.ts';
import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  accuracyOptions,
  accuracyRows,
  accuracyShape,
  apBranchShape,
  examplesOf,
  examplesShape,
  leftColumn,
  writtenApBranch,
} from '../accuracies.ts';
import { apBranchLabel } from '../branches.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import { askedEstimation, estimationSchema } from '../estimation.ts';
import { sampleTypes } from '../images.ts';
import { attackOptions, estimationOptions, exampleOptions } from '../options.ts';
import { reestimate } from './reestimate.ts';

// The options and the result.

export const reestimateOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  ...estimationOptions,
  sources: z
    .array(z.enum(sampleTypes))
    .min(1)
    .default([...sampleTypes])
    .meta({ description: 'the types of sample that statistics are re-estimated from' }),
  evaluationAttacks: z.array(z.string()).default([]).meta({
    description: 'attacks and suites that robust accuracy is of; none: the attack alone',
    value: 'name',
  }),
});

export const reestimateResult = z.object({
  ...examplesShape,
  estimation: estimationSchema,
  /** The grid of NS x AP as the checkpoint has it. */
  raw: z.array(z.object({ ...cellShape, ...accuracyShape })),
  /** NS_x^y with AP_y: statistics of samples of type x, re-estimated through branch y. */
  reestimated: z.array(
    z.object({
      /** x */
      source: z.enum(sampleTypes),
      /** y */
      ...apBranchShape,
      /** The running NS that the adversarial images of x were made through, with AP_y. */
      runningStatistics: z.string(),
      ...accuracyShape,
    }),
  ),
});

export type ReestimateDocument = AnalysisDocumentOf<
  'reestimate',
  typeof reestimateOptions,
  typeof reestimateResult
>;

// In reports: NS_x^y with AP_y as heat maps, a row for each type of sample x, a column for each branch y.

export interface ReestimatedCell {
  /** x */
  readonly source: string;
  /** y, with adapter and head where there are several. */
  readonly affine: string;
  readonly clean: Accuracy;
  readonly robust: Accuracy;
}

export interface ReestimationFigure {
  readonly id: string;
  readonly label: string;
  readonly cells: readonly ReestimatedCell[];
  readonly attack: string;
  /** Said in the caption: of how many seeds and images. */
  readonly basis: string;
  /** Ends of the color scales, where several are compared. */
  readonly top?: Readonly<Record<'clean' | 'robust', number>>;
}

/** Ends of color scales that suit all these cells. */
export const reestimationTop = (
  cells: readonly ReestimatedCell[],
): Readonly<Record<'clean' | 'robust', number>> => ({
  clean: heatTop(cells.map(({ clean }) => clean.value)),
  robust: heatTop(cells.map(({ robust }) => robust.value)),
});

export function reestimationFigure({
  id,
  label,
  cells,
  attack,
  basis,
  top = reestimationTop(cells),
}: ReestimationFigure): Figure | undefined {
  if (cells.length === 0) return undefined;
  const panel = (name: 'clean' | 'robust', title: string): Panel => ({
    name,
    title,
    description: `${title} of ${label}: ${cells.map((cell) => `NS of ${cell.source} through AP ${cell.affine}: ${percent(cell[name].value)}%`).join('; ')}`,
    chart: heatMap({
      cells: cells.map((cell) => ({
        row: `NS of, ${cell.source}`,
        column: `AP ${cell.affine}`,
        accuracy: cell[name],
        note: '',
      })),
      ramp: name === 'clean' ? 'heat-clean' : 'heat-adv',
      top: top[name],
    }),
  });
  return {
    id,
    title: `${label}: NS of samples x, estimated through AP y`,
    caption: html`${label}: statistics estimated from samples of a type (rows) through the branch whose AP use them (columns),
      weights and AP as they were trained. ${basis}`,
    key: [],
    panels: [panel('clean', 'Clean accuracy, %'), panel('robust', `Accuracy under ${attackName(attack)}, %`)],
    data: cells.flatMap(({ source, affine, ...measured }) =>
      (['clean', 'robust'] as const).map((measure) => ({
        label,
        source,
        affine,
        measure: measure === 'clean' ? 'clean' : attack,
        accuracy: measured[measure].value,
        low: measured[measure].interval?.[0],
        high: measured[measure].interval?.[1],
      })),
    ),
  };
}

/** The same from analyses of runs: means over seeds. */
export function reestimationOf({
  id,
  label,
  documents,
}: FigureSubject<ReestimateDocument>): Figure | undefined {
  const [first] = documents;
  const { attack, epsilon } = first.request;
  const rows = documents.flatMap(({ result: { reestimated } }) =>
    reestimated.map(({ source, affine, adapter, head, clean, cleanInterval, robust, robustInterval }) => ({
      source,
      affine: partsName({ affine, adapter, head }),
      clean: { value: clean, interval: cleanInterval },
      robust: { value: robust[attack], interval: robustInterval[attack] },
    })),
  );
  const cells = [...groupBy(rows, ({ source, affine }) => `${source} ${affine}`).values()].map((group) => ({
    ...group[0],
    clean: meanAccuracy(group.map(({ clean }) => clean)),
    robust: meanAccuracy(group.map(({ robust }) => robust)),
  }));
  const seeds = documents.length > 1 ? `Means of ${documents.length} seeds; ` : '';
  const { estimation, examples } = first.result;
  const basis = `${seeds}${plural(examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}, each estimate of ${plural(estimation.images, 'training image')}.`;
  return reestimationFigure({ id, label, cells, attack, basis });
}

export const reestimateAnalysis = defineAnalysis({
  name: 'reestimate',
  summary: 'every AP with NS re-estimated through it, from several types of sample',
  heading: 'NS re-estimated through the AP that use them',
  options: reestimateOptions,
  result: reestimateResult,
  async run(context, options) {
    const estimation = await askedEstimation(context, options);
    const { raw, reestimated, ...found } = await reestimate({
      ...accuracyOptions(context, options),
      ...(options.evaluationAttacks.length > 0 ? { attacks: options.evaluationAttacks } : {}),
      epsilon: options.epsilon.value,
      estimation,
      sources: options.sources,
    });
    return {
      ...examplesOf(raw.indices),
      estimation: { images: found.estimation.images, batchSize: found.estimation.batchSize },
      raw: accuracyRows(raw),
      reestimated: reestimated.map(({ source, ap, runningStatistics, evaluation }) => ({
        source,
        ...writtenApBranch(ap),
        runningStatistics,
        ...accuracyOf(evaluation),
      })),
    };
  },
  tables({ result: { raw, reestimated, estimation } }) {
    const columns = [leftColumn('NS'), leftColumn('AP'), ...accuracyColumns(raw[0])];
    return [
      {
        title:
          'The raw grid: running NS, swapped as they are (a swap pairs AP with NS gathered through other AP)',
        columns,
        rows: raw.map((row) => [row.statistics, apBranchLabel(row), ...accuracyCells(row)]),
      },
      {
        title: `NS_x^y: re-estimated from ${estimation.images} images x through the AP y that use them`,
        columns,
        rows: reestimated.map((row) => [`of ${row.source}`, apBranchLabel(row), ...accuracyCells(row)]),
      },
    ];
  },
  figures: (subject) => [reestimationOf(subject)],
});

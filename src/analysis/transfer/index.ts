/** Attacks that transfer between cells, as an analysis of a run: see transfer.ts. */

import { z } from 'zod';
import { cellShape } from '../../evaluation/index.ts';
import {
  attackName,
  cellName,
  type Figure,
  type FigureSubject,
  groupBy,
  heatMap,
  heatTop,
  html,
  meanAccuracy,
  percent,
  plural,
  seedsText,
} from '../../figures/index.ts';
import { cellLabel, cellOf } from '../../nn/index.ts';
import {
  accuracyOptions,
  cellSchema,
  examplesOf,
  examplesShape,
  flagsSchema,
  fraction,
  intervalSchema,
  leftColumn,
  percentCell,
  rightColumn,
  shareOf,
} from '../accuracies.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import { attackOptions, exampleOptions } from '../options.ts';
import { transfer } from './transfer.ts';

// The options and the result.

export const transferOptions = z.strictObject({ ...attackOptions, ...exampleOptions });

export const transferResult = z.object({
  ...examplesShape,
  cells: z.array(
    z.object({ ...cellShape, clean: fraction, cleanInterval: intervalSchema, outcomes: flagsSchema }),
  ),
  /** Every cell attacked, every cell predicting. */
  matrix: z.array(
    z.object({
      attacked: cellSchema,
      predicted: cellSchema,
      /** Right on the clean image and on every iterate of the attack. */
      robust: fraction,
      robustInterval: intervalSchema,
      outcomes: flagsSchema,
    }),
  ),
});

export type TransferDocument = AnalysisDocumentOf<'transfer', typeof transferOptions, typeof transferResult>;

// In reports: a heat map, rows attacked, columns predicting.

export function transferOf({ id, label, documents }: FigureSubject<TransferDocument>): Figure {
  const [first] = documents;
  const { attack, epsilon } = first.request;
  const all = documents.flatMap(({ result: { matrix } }) =>
    matrix.map(({ attacked, predicted, robust, robustInterval }) => ({
      attacked: cellName(attacked),
      predicted: cellName(predicted),
      accuracy: { value: robust, interval: robustInterval },
    })),
  );
  const cells = [...groupBy(all, ({ attacked, predicted }) => `${attacked} ${predicted}`).values()].map(
    (group) => ({ ...group[0], accuracy: meanAccuracy(group.map(({ accuracy }) => accuracy)) }),
  );
  const title = `Accuracy under ${attackName(attack)}, %`;
  return {
    id,
    title: `${label}: attack through one cell, prediction through another`,
    caption: html`${label}: images attacked through the cell of the row, predicted through the cell of the column. The diagonal
      is white-box. ${plural(first.result.examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}. ${seedsText(documents.length, '')}`,
    key: [],
    panels: [
      {
        name: 'matrix',
        title: `${title}; rows attacked, columns predicting`,
        description: `${title} of ${label}: ${cells.map(({ attacked, predicted, accuracy }) => `attacked ${attacked}, predicting ${predicted}: ${percent(accuracy.value)}%`).join('; ')}`,
        chart: heatMap({
          cells: cells.map(({ attacked, predicted, accuracy }) => ({
            row: attacked,
            column: predicted,
            accuracy,
            note: '',
          })),
          ramp: 'heat-adv',
          top: heatTop(cells.map(({ accuracy }) => accuracy.value)),
        }),
      },
    ],
    data: cells.map(({ attacked, predicted, accuracy }) => ({
      label,
      attacked,
      predicted,
      attack,
      accuracy: accuracy.value,
      low: accuracy.interval?.[0],
      high: accuracy.interval?.[1],
    })),
  };
}

export const transferAnalysis = defineAnalysis({
  name: 'transfer',
  summary: 'attacks through every cell, predictions through every other',
  heading: 'Attack through one cell, prediction through another',
  options: transferOptions,
  result: transferResult,
  async run(context, options) {
    const { attacks: _, ...settings } = accuracyOptions(context, options);
    const { attack, epsilon } = options;
    const { indices, cells, matrix } = await transfer({ ...settings, epsilon: epsilon.value, attack });
    return {
      ...examplesOf(indices),
      cells: cells.map(({ cell, clean }) => {
        const { share, interval, outcomes } = shareOf(clean);
        return { ...cellOf(cell), clean: share, cleanInterval: interval, outcomes };
      }),
      matrix: matrix.map(({ attacked, predicted, robust }) => {
        const { share, interval, outcomes } = shareOf(robust);
        return {
          attacked: cellOf(attacked),
          predicted: cellOf(predicted),
          robust: share,
          robustInterval: interval,
          outcomes,
        };
      }),
    };
  },
  tables({ request: { attack }, result: { cells, matrix } }) {
    const size = cells.length;
    return [
      {
        title: `Attacked by ${attack} through the cell of a row, predicted by that of a column: robust %`,
        columns: [leftColumn('attacked through'), ...cells.map((cell) => rightColumn(cellLabel(cell)))],
        rows: [
          ['nothing', ...cells.map(({ clean }) => percentCell(clean))],
          ...cells.map((cell, at) => [
            cellLabel(cell),
            ...matrix.slice(at * size, (at + 1) * size).map(({ robust }) => percentCell(robust)),
          ]),
        ],
      },
    ];
  },
  figures: (subject) => [transferOf(subject)],
});

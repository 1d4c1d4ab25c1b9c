/** Attacks that transfer between cells, as an analysis of a run: see transfer.ts. */

import { cellLabel, cellOf } from '../../nn/index.ts';
import { accuracyOptions, examplesOf, shareOf } from '../accuracies.ts';
import { defineAnalysis } from '../definition.ts';
import { leftColumn, percent, rightColumn } from '../tables.ts';
import { transferOptions, transferResult } from './document.ts';
import { transferOf } from './figures.ts';
import { transfer } from './transfer.ts';

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
          ['nothing', ...cells.map(({ clean }) => percent(clean))],
          ...cells.map((cell, at) => [
            cellLabel(cell),
            ...matrix.slice(at * size, (at + 1) * size).map(({ robust }) => percent(robust)),
          ]),
        ],
      },
    ];
  },
  figures: (subject) => [transferOf(subject)],
});

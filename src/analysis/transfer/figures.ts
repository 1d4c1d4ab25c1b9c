/** Attack through one cell, prediction through another, as a heat map: rows attacked, columns predicting. */

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
import type { TransferDocument } from './document.ts';

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

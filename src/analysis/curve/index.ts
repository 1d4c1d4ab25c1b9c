/** Accuracy over epsilon, as an analysis of a run: see curve.ts. */

import { cellLabel } from '../../nn/index.ts';
import { accuracyOptions, accuracyRows, examplesOf } from '../accuracies.ts';
import { defineAnalysis } from '../definition.ts';
import { accuracyCells, accuracyColumns, leftColumn, rightColumn } from '../tables.ts';
import { curve } from './curve.ts';
import { curveOptions, curveResult } from './document.ts';
import { curveFigure } from './figures.ts';

export const curveAnalysis = defineAnalysis({
  name: 'curve',
  summary: 'accuracies over epsilon',
  heading: 'Accuracy over epsilon',
  options: curveOptions,
  result: curveResult,
  async run(context, options) {
    const { epsilons } = options;
    const { points } = await curve({
      ...accuracyOptions(context, options),
      epsilons: epsilons.map(({ value }) => value),
    });
    return {
      ...examplesOf(points[0].indices),
      points: points.flatMap((point, at) =>
        accuracyRows(point).map((row) => ({
          epsilon: epsilons[at].text,
          value: epsilons[at].value,
          ...row,
        })),
      ),
    };
  },
  tables: ({ result: { points } }) => [
    {
      title: 'Over epsilon',
      columns: [rightColumn('epsilon'), leftColumn('cell'), ...accuracyColumns(points[0])],
      rows: points.map((point) => [point.epsilon, cellLabel(point), ...accuracyCells(point)]),
    },
  ],
  figures: (subject) => [curveFigure(subject)],
});

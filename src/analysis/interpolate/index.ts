/** The trade-off between two cells, as an analysis of a run: see interpolate.ts. */

import { cellLabel, cellOf } from '../../nn/index.ts';
import { accuracyOf, accuracyOptions, examplesOf } from '../accuracies.ts';
import { cellWritten, writtenCell } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { askedEstimation } from '../estimation.ts';
import { accuracyCells, accuracyColumns, rightColumn } from '../tables.ts';
import { interpolateOptions, interpolateResult } from './document.ts';
import { interpolationOf } from './figures.ts';
import { interpolate } from './interpolate.ts';

export const interpolateAnalysis = defineAnalysis({
  name: 'interpolate',
  summary: 'accuracies between two cells, along a line between their AP',
  heading: 'AP interpolated',
  options: interpolateOptions,
  result: interpolateResult,
  async run(context, options) {
    const { statistics, source, ts, from, to } = options;
    const { network } = context;
    const found = await interpolate({
      ...accuracyOptions(context, options),
      epsilon: options.epsilon.value,
      ...{ statistics, source, ts },
      ...(from === undefined ? {} : { from: cellWritten(network, from) }),
      ...(to === undefined ? {} : { to: cellWritten(network, to) }),
      ...(statistics === 'reestimated' ? { estimation: await askedEstimation(context, options) } : {}),
    });
    const { estimation, points } = found;
    return {
      ...examplesOf(points[0].evaluation.indices),
      from: cellOf(found.from),
      to: cellOf(found.to),
      ...(estimation ? { estimation: { images: estimation.images, batchSize: estimation.batchSize } } : {}),
      points: points.map(({ t, evaluation }) => ({ t, ...accuracyOf(evaluation) })),
    };
  },
  request: ({ from, to }, { evaluationCells: { clean, robust } }) => ({
    from: from ?? writtenCell(clean),
    to: to ?? writtenCell(robust),
  }),
  fileName: ({ statistics }) => [statistics],
  tables({ request: { statistics, source }, result: { from, to, points } }) {
    const how = statistics === 'reestimated' ? `re-estimated from ${source} images at each t` : statistics;
    return [
      {
        title: `From ${cellLabel(from)} (t = 0) to ${cellLabel(to)} (t = 1), NS ${how}`,
        columns: [rightColumn('t'), ...accuracyColumns(points[0])],
        rows: points.map((point) => [String(point.t), ...accuracyCells(point)]),
      },
    ];
  },
  figures: (subject) => [interpolationOf(subject)],
});

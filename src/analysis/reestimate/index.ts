/** What robustness owes to NS, as an analysis of a run: see reestimate.ts. */

import { accuracyOf, accuracyOptions, accuracyRows, examplesOf, writtenApBranch } from '../accuracies.ts';
import { apBranchLabel } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { askedEstimation } from '../estimation.ts';
import { accuracyCells, accuracyColumns, leftColumn } from '../tables.ts';
import { reestimateOptions, reestimateResult } from './document.ts';
import { reestimationOf } from './figures.ts';
import { reestimate } from './reestimate.ts';

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

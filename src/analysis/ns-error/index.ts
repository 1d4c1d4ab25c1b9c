/** How wrong running NS are, and how well one batch tells NS, as an analysis of a run: see ns-error.ts. */
import { namedAttack } from '../../attacks/index.ts';
import { cellLabel } from '../../nn/index.ts';
import { accuracyCells, accuracyColumns, accuracyOptions, leftColumn, rightColumn } from '../accuracies.ts';
import { apBranchLabel } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { shownDistance } from '../distances.ts';
import { mixedTrainingExamples } from '../images.ts';
import { type NsErrorResult, nsErrorOptions, nsErrorResult, writtenNsError } from './document.ts';
import { batchErrorLayers, nsErrorTable, runningErrorLayers } from './figures.ts';
import { nsError } from './ns-error.ts';

export type { NsErrorDocument } from './document.ts';

const throughLabel = (through: NsErrorResult['batchErrors'][number]['through']) =>
  [...new Set(through.map(apBranchLabel))].join(' and ');

export const nsErrorAnalysis = defineAnalysis({
  name: 'ns-error',
  summary: 'running NS against precise ones of many training images, and the error of the NS of one batch',
  heading: 'The error of running NS, and of the NS of one batch',
  options: nsErrorOptions,
  result: nsErrorResult,
  async run(context, options) {
    const found = await nsError({
      ...accuracyOptions(context, options),
      epsilon: options.epsilon.value,
      training: await mixedTrainingExamples(context, options.images, options.seed, options.augment),
      statisticsBatch: options.statisticsBatch,
      attack: namedAttack(options.attack, options.epsilon.value),
    });
    return writtenNsError(found);
  },
  tables({ result: { estimation, cells, batchErrors } }) {
    const { images, batchSize, batches } = estimation;
    const errors = [rightColumn('mu'), rightColumn('sigma')];
    return [
      {
        title: `Cells with running NS, and with precise NS of ${images} training images; mu, sigma: the error of the running ones against these, in units of sigma and of its logarithm`,
        columns: [
          leftColumn('cell'),
          leftColumn('with NS'),
          ...errors,
          ...accuracyColumns(cells[0]?.running),
        ],
        rows: cells.flatMap(({ running, precise, ...cell }) => [
          [cellLabel(cell), 'running', '', '', ...accuracyCells(running)],
          ...precise.map(({ source, mu, sigma, ...accuracy }) => [
            cellLabel(cell),
            `precise, of ${source}`,
            shownDistance(mu),
            shownDistance(sigma),
            ...accuracyCells(accuracy),
          ]),
        ]),
      },
      {
        title: `The standard error of the NS of one batch, from ${batches} batches of ${batchSize}`,
        columns: [leftColumn('batch'), leftColumn('through AP'), rightColumn('images'), ...errors],
        rows: batchErrors.map(({ source, through, images: count, mu, sigma }) => [
          source,
          throughLabel(through),
          String(count),
          shownDistance(mu),
          shownDistance(sigma),
        ]),
      },
    ];
  },
  figures: (subject) => [
    ...runningErrorLayers(subject),
    batchErrorLayers({ ...subject, id: `${subject.id}-batch` }),
  ],
  sectionTables: (subject) => nsErrorTable(subject),
});

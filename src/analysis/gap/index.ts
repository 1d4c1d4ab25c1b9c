/** The domain gap, as an analysis of a run: see gap.ts. */

import { namedAttack } from '../../attacks/index.ts';
import { writtenApBranch } from '../accuracies.ts';
import { apBranchLabel } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { channelValues, estimateCells, roundedEstimates, shownDistance } from '../distances.ts';
import { mixedTestExamples } from '../images.ts';
import { measureNames } from '../measures.ts';
import { leftColumn, rightColumn } from '../tables.ts';
import { gapOptions, gapResult } from './document.ts';
import { gapChannels, gapLayers, gapTable } from './figures.ts';
import { type GapStatistic, gap, gapStatistics } from './gap.ts';

export const gapAnalysis = defineAnalysis({
  name: 'gap',
  summary: 'distances between the NS of clean, adversarial and noisy batches of test images',
  heading: 'The gap in NS between versions of the same images',
  options: gapOptions,
  result: gapResult,
  async run({ test, ...context }, { attack, epsilon, seed, batches, statisticsBatch }) {
    const found = await gap({
      engine: context.engine,
      network: context.network,
      evaluationCells: context.evaluationCells,
      examples: mixedTestExamples(test, batches * statisticsBatch, seed),
      batchSize: statisticsBatch,
      attack: namedAttack(attack, epsilon.value),
      seed,
      ...(context.onProgress ? { onProgress: context.onProgress } : {}),
      ...(context.signal ? { signal: context.signal } : {}),
    });
    const branches = found.branches.map(({ ap, runningStatistics, distances, batches: [first] }) => ({
      ...writtenApBranch(ap),
      runningStatistics,
      distances: distances.map(({ pair, statistic, average, layers }) => ({
        pair,
        statistic,
        average: roundedEstimates(average),
        layers: layers.map(({ layer, ...measures }) => ({ layer, ...roundedEstimates(measures) })),
      })),
      channels: first.clean.map(({ layer }, at) => {
        const sets = (statistic: GapStatistic) =>
          Object.fromEntries(
            Object.entries(first).map(([version, layers]) => [
              version,
              channelValues(gapStatistics[statistic](layers[at])),
            ]),
          );
        return { layer, mu: sets('mu'), sigma: sets('sigma') };
      }),
    }));
    return { branches };
  },
  tables: ({ request: { batches, statisticsBatch }, result: { branches } }) =>
    branches.flatMap((branch) => {
      const { distances } = branch;
      const names = distances.map(({ pair, statistic }) => `${statistic} ${pair}`);
      return [
        {
          title: `AP ${apBranchLabel(branch)}: mean over layers and ${batches} batches of ${statisticsBatch}, with intervals over batches`,
          columns: [leftColumn('NS'), ...measureNames.map(rightColumn)],
          rows: distances.map(({ average }, at) => [names[at], ...estimateCells(average)]),
        },
        {
          title: `AP ${apBranchLabel(branch)}: Wasserstein distance by layer`,
          columns: [leftColumn('layer'), ...names.map(rightColumn)],
          rows: distances[0].layers.map(({ layer }, at) => [
            layer,
            ...distances.map(({ layers }) => shownDistance(layers[at].wasserstein.value)),
          ]),
        },
      ];
    }),
  figures: (subject) => [...gapLayers(subject), gapChannels({ ...subject, id: `${subject.id}-channels` })],
  sectionTables: (subject) => gapTable(subject),
});

/** The domain gap, as an analysis of a run: see gap.ts. */

import { z } from 'zod';
import { namedAttack } from '../../attacks/index.ts';
import {
  type Block,
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  pairSeries,
  partsName,
  plural,
  seedsText,
} from '../../figures/index.ts';
import { apBranchShape, intervalSchema, leftColumn, rightColumn, writtenApBranch } from '../accuracies.ts';
import { apBranchLabel } from '../branches.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import {
  channelFigure,
  channelSets,
  channelValues,
  digits,
  distanceTable,
  estimateCells,
  estimateSchema,
  estimatesShape,
  layerPanels,
  roundedEstimate,
  roundedEstimates,
  shownDistance,
  significant,
} from '../distances.ts';
import { mixedTestExamples } from '../images.ts';
import { measureNames } from '../measures.ts';
import { attackOptions, seedOption, statisticsBatch } from '../options.ts';
import {
  batchPairNames,
  type GapMeasures,
  type GapStatistic,
  gap,
  gapPairNames,
  gapStatisticNames,
  gapStatistics,
} from './gap.ts';
import type { UnbiasedEstimate } from './matched-gap.ts';

// The options and the result.

export const gapOptions = z.strictObject({
  ...attackOptions,
  seed: seedOption,
  batches: z.int().min(2).default(8).meta({ description: 'batches of test images' }),
  // The authors' size.
  statisticsBatch: statisticsBatch(128),
});

const gapMeasures = {
  ...estimatesShape,
  /** Channel by channel, as a share of sigma, over batches. */
  scaled: estimateSchema,
  /** The same with the sampling error of batches taken off; negative where it is not told from nothing. */
  unbiased: z.object({ value: z.number(), interval: intervalSchema.exactOptional() }).exactOptional(),
};

const roundedGap = ({ scaled, unbiased, ...measures }: GapMeasures) => ({
  ...roundedEstimates(measures),
  scaled: roundedEstimate(scaled),
  ...(unbiased && {
    unbiased: unbiased.interval
      ? roundedEstimate({ value: unbiased.value, interval: unbiased.interval })
      : { value: significant(unbiased.value, digits) },
  }),
});

export const gapResult = z.object({
  branches: z.array(
    z.object({
      ...apBranchShape,
      /** The running NS that the attack looked through; the statistics compared are those of batches. */
      runningStatistics: z.string(),
      distances: z.array(
        z.object({
          /** clean-clean is the yardstick: two batches of different clean images. X-running: a batch against the running NS. */
          pair: z.enum(gapPairNames),
          /** mu is the mean of a channel, sigma its standard deviation. */
          statistic: z.enum(gapStatisticNames),
          /** Over layers. */
          average: z.object(gapMeasures),
          layers: z.array(z.object({ layer: z.string(), ...gapMeasures })),
        }),
      ),
      /** Statistics of the first batch, of the next clean one, and running NS, by version: clean, adv, noise, clean-2, running. */
      channels: z.array(z.object({ layer: z.string(), mu: channelSets, sigma: channelSets })),
    }),
  ),
});

export type GapDocument = AnalysisDocumentOf<'gap', typeof gapOptions, typeof gapResult>;

// In reports: distances by layer and averaged, and the statistics of one layer's channels.

const isBatchPair = (pair: string) => batchPairNames.some((name) => name === pair);

/** What the figures by layer show: a figure of each for each branch. */
const byLayer = [
  {
    id: '',
    title: 'distance of batch statistics by layer',
    axis: 'Wasserstein distance',
    said: '1-Wasserstein distance between the statistics of two versions of the same images, whichever channel a value is of',
    of: ({ wasserstein }: GapMeasures) => wasserstein,
  },
  {
    id: '-matched',
    title: 'matched distance of batch statistics by layer',
    axis: 'share of sigma',
    said: 'difference of mu as a share of sigma, and of log sigma, channel by channel, root mean square with the sampling error of batches taken off (below nothing: not told from it)',
    of: ({ unbiased }: GapMeasures) => unbiased,
  },
] as const;

/** What was seen of batches: two figures for each branch. */
export function gapLayers({ id, label, documents }: FigureSubject<GapDocument>): Figure[] {
  const { epsilon, batches, statisticsBatch } = documents[0].request;
  return byLayer.flatMap((shown) => {
    const rows = documents.flatMap(({ subject: { seed }, result: { branches } }) =>
      branches.flatMap((branch) =>
        branch.distances
          .filter(({ pair }) => isBatchPair(pair))
          .flatMap(({ pair, statistic, layers }) =>
            layers.flatMap((measures) => {
              const found = shown.of(measures);
              return found
                ? [
                    {
                      through: partsName(branch),
                      quantity: statistic,
                      pair,
                      seed: String(seed),
                      layer: measures.layer,
                      value: found.value,
                      low: found.interval?.[0],
                      high: found.interval?.[1],
                    },
                  ]
                : [];
            }),
          ),
      ),
    );
    const groups = groupBy(rows, ({ through }) => through);
    return [...groups].map(([through, distances], at) => {
      const name = groups.size > 1 ? `${label}, AP ${through}` : label;
      return {
        id: `${id}${shown.id}${at === 0 ? '' : `-${at + 1}`}`,
        title: `${name}: ${shown.title}`,
        caption: html`${name}: ${shown.said}, by BN layer, ε\u00a0=\u00a0${epsilon.text}, ${plural(batches, 'batch', 'batches')} of
          ${statisticsBatch}. clean-clean, the distance of two batches of different clean images, is the yardstick. ${seedsText(documents.length)}`,
        key: pairSeries
          .filter((pair) => distances.some((each) => each.pair === pair.name))
          .map(({ name: pair, color, shape }) => ({ label: pair, color, mark: shape })),
        panels: layerPanels(name, distances, pairSeries, shown.axis),
        data: distances.map((row) => ({ label, ...row })),
      };
    });
  });
}

/** The first seed's, in the layer halfway through the network. @returns undefined where there are no channels. */
export function gapChannels({ id, label, documents }: FigureSubject<GapDocument>): Figure | undefined {
  const branch = documents[0].result.branches.at(-1);
  if (!branch) return undefined;
  const layers = branch.channels.map(({ layer, mu, sigma }) => ({ layer, quantities: { mu, sigma } }));
  const name = `${label}, AP ${partsName(branch)}`;
  return channelFigure(id, name, layers, 'NS of one batch of clean, adversarial and noisy images');
}

export function gapTable(subject: FigureSubject<GapDocument>): Block[] {
  return distanceTable(
    subject,
    subject.documents.flatMap(({ subject: { seed }, result: { branches } }) =>
      branches.flatMap((branch) =>
        branch.distances.map(({ pair, statistic, average }) => ({
          through: partsName(branch),
          quantity: statistic,
          pair,
          seed: seed ?? 0,
          distance: average.distance.value,
          wasserstein: average.wasserstein.value,
          cosine: average.cosine.value,
          low: average.wasserstein.interval[0],
          high: average.wasserstein.interval[1],
          scaled: average.scaled.value,
          ...(average.unbiased && { unbiased: average.unbiased.value }),
        })),
      ),
    ),
  );
}

const withInterval = ({ value, interval }: UnbiasedEstimate): string =>
  interval ? `${shownDistance(value)} [${interval.map(shownDistance).join(', ')}]` : shownDistance(value);

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
        average: roundedGap(average),
        layers: layers.map(({ layer, ...measures }) => ({ layer, ...roundedGap(measures) })),
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
          columns: [
            leftColumn('NS'),
            ...[...measureNames, 'share of sigma', 'without sampling error'].map(rightColumn),
          ],
          rows: distances.map(({ average }, at) => [
            names[at],
            ...estimateCells(average),
            withInterval(average.scaled),
            average.unbiased ? withInterval(average.unbiased) : '–',
          ]),
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

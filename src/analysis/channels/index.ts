/** How few channels carry the effect of an AP, as an analysis of a run: see channels.ts. */

import { namedAttack } from '../../attacks/index.ts';
import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  examplesOf,
  leftColumn,
  percentCell,
  rightColumn,
} from '../accuracies.ts';
import { askedExchanges, intoName, receivers, writtenDirection } from '../ap-exchange.ts';
import { type AnalysisTable, defineAnalysis } from '../definition.ts';
import { directionName, exchangeMeasures, gainCell, present, shareCell } from '../exchange-effects.ts';
import { mixedTrainingExamples } from '../images.ts';
import { countOf, exchangeChannels } from './channels.ts';
import {
  type ChannelsResult,
  type ChannelsRow,
  channelsOptions,
  channelsResult,
  readShare,
  sharesOf,
} from './document.ts';
import { effectsOf } from './effects.ts';
import { channelsFigure, orderTexts } from './figures.ts';
import { orderNames, orderOf } from './orders.ts';

export type { ChannelsDocument } from './document.ts';

// As tables.

type Direction = ChannelsResult['directions'][number];

function directionTable(direction: Direction, rows: readonly ChannelsRow[]): AnalysisTable {
  const own = rows.filter(({ into }) => into === direction.into);
  return {
    title: directionName(direction),
    columns: [
      leftColumn('channels'),
      rightColumn('k'),
      leftColumn('which'),
      ...accuracyColumns(own[0]),
      rightColumn('clean gain'),
      rightColumn('robust gain'),
    ],
    rows: own.map(({ order, share, draw, count, gain, ...row }) => [
      share ?? order,
      String(count),
      order === 'none' || order === 'all'
        ? ''
        : orderTexts[order] + (draw === undefined ? '' : ` (${draw + 1})`),
      ...accuracyCells(row),
      ...exchangeMeasures.map((measure) => (order === 'none' ? '' : gainCell(gain[measure]))),
    ]),
  };
}

function carriedTable({ gain, carried }: ChannelsResult): AnalysisTable {
  const orders = orderNames.filter((order) =>
    receivers.some((into) =>
      exchangeMeasures.some((measure) =>
        Object.values(carried[into]?.[measure] ?? {}).some((each) => each[order] !== undefined),
      ),
    ),
  );
  return {
    title: 'How much of the gain of all channels some carry, % (of draws, the mean)',
    columns: [
      ...['into', 'accuracy'].map(leftColumn),
      rightColumn('gain of all'),
      leftColumn('channels'),
      ...orders.map((order) => rightColumn(orderTexts[order])),
    ],
    rows: receivers.flatMap((into) =>
      exchangeMeasures.flatMap((measure) => {
        const all = gain[into]?.[measure];
        if (!all) return [];
        const shares = Object.entries(carried[into]?.[measure] ?? {});
        const head = [into, measure, gainCell(all)];
        if (shares.length === 0) return [[...head, 'no effect', ...orders.map(() => '')]];
        return shares.map(([share, of]) => [...head, share, ...orders.map((order) => shareCell(of[order]))]);
      }),
    ),
  };
}

/** How attributions are spread over layers, and how many of the channels that matter most are in each. */
function layersTable(
  { into }: Direction,
  { layers, attribution }: ChannelsResult,
  shares: readonly string[],
): AnalysisTable {
  const values = attribution[into] ?? [];
  const channels = layers.reduce((sum, layer) => sum + layer.channels, 0);
  const total = values.flat().reduce((sum, value) => sum + value, 0);
  const attributed = layers.map(({ layer }, at) => ({ layer, values: Float64Array.from(values[at] ?? []) }));
  const top = orderOf('top', attributed, { seed: 0, draw: 0 });
  const counts = shares.map((share) => {
    const read = readShare(share);
    const first = read ? top.slice(0, countOf(channels, read)) : [];
    return layers.map((_, at) => first.filter(({ layer }) => layer === at).length);
  });
  return {
    title: `Where the channels that matter most are, into ${into}`,
    columns: [
      leftColumn('layer'),
      ...['channels', 'attribution %', ...shares.map((share) => `of the first ${share}`)].map(rightColumn),
    ],
    rows: layers.map(({ layer, channels: own }, at) => {
      const sum = (values[at] ?? []).reduce((before, value) => before + value, 0);
      return [
        layer,
        String(own),
        percentCell(total > 0 ? sum / total : 0),
        ...counts.map((count) => String(count[at])),
      ];
    }),
  };
}

export const channelsAnalysis = defineAnalysis({
  name: 'channels',
  summary: 'AP of the channels that matter most exchanged: how few carry robustness',
  heading: 'The AP of some channels exchanged',
  options: channelsOptions,
  result: channelsResult,
  async run(given, options) {
    let loaded: ReturnType<typeof given.training> | undefined;
    const training = () => {
      loaded ??= given.training();
      return loaded;
    };
    const context = { ...given, training };
    const { attack, epsilon, seed, images, statisticsBatch, controls, draws } = options;
    const exchanges = await askedExchanges(context, options);
    const { engine, network, onProgress, signal } = context;
    const found = await exchangeChannels(exchanges, {
      ...{ engine, network, onProgress, signal, seed, statisticsBatch, controls, draws },
      training: await mixedTrainingExamples(context, images, seed),
      attack: namedAttack(attack, epsilon.value),
      shares: sharesOf(options.shares),
    });
    const rows = found.rows.map(({ into, order, share, draw, count, evaluation }) => ({
      ...{ into, order, count },
      ...(share === undefined ? {} : { share }),
      ...(draw === undefined ? {} : { draw }),
      ...accuracyOf(evaluation),
    }));
    const [{ layers, estimation }] = exchanges;
    const directions = exchanges.map(({ direction }) => writtenDirection(direction));
    return {
      ...examplesOf(found.rows[0].evaluation.indices),
      ...(estimation ? { estimation } : {}),
      layers: [...layers],
      directions,
      attribution: present(receivers, (into) =>
        found.attributions[directions.findIndex((each) => each.into === into)]?.map(({ values }) =>
          Array.from(values, (value) => Number(value.toPrecision(5))),
        ),
      ),
      ...effectsOf(rows, { attack, seed }),
    };
  },
  fileName: ({ into }) => intoName(into),
  tables: ({ request: { shares }, result }) => [
    ...result.directions.map((direction) => directionTable(direction, result.rows)),
    carriedTable(result),
    ...result.directions.map((direction) => layersTable(direction, result, shares)),
  ],
  figures: (subject) => [channelsFigure(subject)],
});

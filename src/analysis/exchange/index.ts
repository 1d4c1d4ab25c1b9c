/** Where robustness sits among the layers, as an analysis of a run: see exchange.ts. */

import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  examplesOf,
  leftColumn,
  rightColumn,
} from '../accuracies.ts';
import { askedExchanges, writtenDirection } from '../ap-exchange.ts';
import { type AnalysisTable, defineAnalysis } from '../definition.ts';
import { directionName, gainCell, gainsOf } from '../exchange-effects.ts';
import {
  type ExchangeResult,
  type ExchangeRow,
  effectsOf,
  exchangeOptions,
  exchangeResult,
} from './document.ts';
import { exchange } from './exchange.ts';
import { exchangeFigures } from './figures.ts';

export type { ExchangeDocument } from './document.ts';

// As tables.

const exchangedText: Readonly<Record<ExchangeRow['which'], (layer: string) => string>> = {
  none: () => 'nothing',
  one: (layer) => layer,
  prefix: (layer) => `up to ${layer}`,
  suffix: (layer) => `from ${layer}`,
  all: () => 'all layers',
};

function directionTable(
  direction: ExchangeResult['directions'][number],
  rows: readonly ExchangeRow[],
  attack: string,
): AnalysisTable {
  const own = rows.filter(({ into }) => into === direction.into);
  return {
    title: directionName(direction),
    columns: [
      leftColumn('exchanged'),
      leftColumn('of'),
      ...accuracyColumns(own[0]),
      rightColumn('clean gain'),
      rightColumn('robust gain'),
    ],
    rows: own.map((row) => {
      const gains = gainsOf(row, own[0], attack);
      return [
        exchangedText[row.which](row.layer ?? ''),
        row.parameters ?? '',
        ...accuracyCells(row),
        gainCell(gains.clean),
        gainCell(gains.robust),
      ];
    }),
  };
}

function effectsTable({ effects, layers }: ExchangeResult): AnalysisTable {
  const half = (count: number | undefined) => (count === undefined ? '' : `${count} of ${layers.length}`);
  return {
    title:
      'Where it sits: how many of the first and of the last layers have half of the robust gain (points)',
    columns: [
      leftColumn('into'),
      leftColumn('of'),
      rightColumn('gain of all'),
      rightColumn('first layers'),
      rightColumn('last layers'),
      leftColumn('largest alone'),
      rightColumn('its gain'),
    ],
    rows: effects.map(({ into, parameters, gain, prefixHalf, suffixHalf, largest }) => [
      into,
      parameters,
      gainCell(gain.robust),
      half(prefixHalf),
      half(suffixHalf),
      largest?.layer ?? '',
      largest ? gainCell(largest.gain.robust) : '',
    ]),
  };
}

export const exchangeAnalysis = defineAnalysis({
  name: 'exchange',
  summary: 'AP of some layers exchanged between the branches: where robustness sits',
  heading: 'The AP of some layers exchanged',
  options: exchangeOptions,
  result: exchangeResult,
  async run(context, options) {
    const { onProgress, signal } = context;
    const exchanges = await askedExchanges(context, options);
    const { which, parameters } = options;
    const found = await exchange(exchanges, { which, parameters, onProgress, signal });
    const [{ layers, estimation }] = exchanges;
    const names = layers.map(({ layer }) => layer);
    const rows = found.map(({ into, which, parameters, layer, count, evaluation }): ExchangeRow => {
      return {
        ...{ into, which, count },
        ...(parameters === undefined ? {} : { parameters }),
        ...(layer === undefined ? {} : { layer: names[layer - 1] }),
        ...accuracyOf(evaluation),
      };
    });
    return {
      ...examplesOf(found[0].evaluation.indices),
      ...(estimation ? { estimation } : {}),
      layers: names,
      directions: exchanges.map(({ direction }) => writtenDirection(direction)),
      rows,
      effects: effectsOf(rows, options.attack, names.length),
    };
  },
  tables({ request: { attack }, result }) {
    return [
      ...result.directions.map((direction) => directionTable(direction, result.rows, attack)),
      effectsTable(result),
    ];
  },
  figures: (subject) => exchangeFigures(subject),
});

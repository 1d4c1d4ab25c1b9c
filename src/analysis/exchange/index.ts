/** Where robustness sits among the layers, as an analysis of a run: see exchange.ts. */

import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  examplesOf,
  leftColumn,
  rightColumn,
} from '../accuracies.ts';
import { apLayersOf, askedExchanges, intoName, receivers, writtenDirection } from '../ap-exchange.ts';
import { type AnalysisTable, defineAnalysis } from '../definition.ts';
import { directionName, exchangeMeasures, gainCell, shareCell } from '../exchange-effects.ts';
import type { Estimate } from '../measures.ts';
import { type ExchangeResult, type ExchangeRow, exchangeOptions, exchangeResult } from './document.ts';
import { effectsOf, positionsOf } from './effects.ts';
import { exchange, exchangedParameters } from './exchange.ts';
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
    rows: own.map((row) => [
      exchangedText[row.which](row.layer ?? ''),
      row.parameters ?? '',
      ...accuracyCells(row),
      ...exchangeMeasures.map((measure) => (row.which === 'none' ? '' : gainCell(row.gain[measure]))),
    ]),
  };
}

function effectsTable({ gain, halfAt, share, layers }: ExchangeResult): AnalysisTable {
  const half = (found: Estimate | undefined) =>
    found ? `${found.value} [${found.interval.join(', ')}]` : '';
  const rows = receivers.flatMap((into) =>
    exchangedParameters.flatMap((parameters) =>
      exchangeMeasures.flatMap((measure) => {
        const all = gain[into]?.[parameters]?.[measure];
        if (!all) return [];
        const sizes = halfAt[into]?.[parameters]?.[measure];
        const singles = share[into]?.[parameters]?.[measure]?.one ?? [];
        const largest = singles.toSorted((a, b) => b.value - a.value).at(0);
        const alone = largest ? [largest.layer, shareCell(largest)] : ['', ''];
        return [
          [into, parameters, measure, gainCell(all), half(sizes?.prefix), half(sizes?.suffix), ...alone],
        ];
      }),
    ),
  );
  return {
    title: `Where it sits: how many of the first and of the last of ${layers.length} layers have half of the gain of all (of those in the table)`,
    columns: [
      ...['into', 'of', 'accuracy'].map(leftColumn),
      ...['gain of all', 'first layers', 'last layers'].map(rightColumn),
      leftColumn('largest alone'),
      rightColumn('its share %'),
    ],
    rows,
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
    const { which, parameters, attack, seed } = options;
    const { network, evaluationCells } = context;
    const names = apLayersOf(network, evaluationCells.robust.affine).map(({ layer }) => layer);
    // Refused before training images are loaded.
    const positions = positionsOf(names, options.layers);
    const exchanges = await askedExchanges(context, options);
    const [{ estimation }] = exchanges;
    const found = await exchange(exchanges, { which, parameters, positions, onProgress, signal });
    const rows = found.map(({ into, which, parameters, layer, count, evaluation }) => ({
      ...{ into, which, count },
      ...(parameters === undefined ? {} : { parameters }),
      ...(layer === undefined ? {} : { layer: names[layer - 1] }),
      ...accuracyOf(evaluation),
    }));
    return {
      ...examplesOf(found[0].evaluation.indices),
      ...(estimation ? { estimation } : {}),
      layers: names,
      directions: exchanges.map(({ direction }) => writtenDirection(direction)),
      ...effectsOf(rows, { attack, seed }),
    };
  },
  fileName: ({ into, parameters }) => [...intoName(into), ...(parameters.length === 1 ? parameters : [])],
  tables: ({ result }) => [
    ...result.directions.map((direction) => directionTable(direction, result.rows)),
    effectsTable(result),
  ],
  figures: (subject) => exchangeFigures(subject),
});

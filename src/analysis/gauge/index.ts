/** AP or NS free of the choice of gauge, as an analysis of a run: see gauge.ts. */
import { cellLabel, cellOf } from '../../nn/index.ts';
import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  accuracyOptions,
  examplesOf,
  leftColumn,
  rightColumn,
} from '../accuracies.ts';
import { cellWritten, writtenCell } from '../branches.ts';
import { defineAnalysis } from '../definition.ts';
import { rounded } from '../distances.ts';
import { type Shares, shareNames } from './decomposition.ts';
import { type GaugeDocument, gaugeOptions, gaugeResult } from './document.ts';
import { gaugeExchange, gaugeShares } from './figures.ts';
import { gauge } from './gauge.ts';

type Result = GaugeDocument['result'];

const roundedShare = (value: number | null) => (value === null ? null : rounded(value));
const roundedShares = (shares: Shares) => ({
  gammaShare: roundedShare(shares.gammaShare),
  sigmaShare: roundedShare(shares.sigmaShare),
  bGammaShare: roundedShare(shares.bGammaShare),
  bBetaShare: roundedShare(shares.bBetaShare),
  bMuShare: roundedShare(shares.bMuShare),
  bSigmaShare: roundedShare(shares.bSigmaShare),
});

/** What a number of the combinations changes by when a, b or both are exchanged. */
function exchangeOf(
  combinations: Result['combinations'],
  accuracyOf: (of: Result['combinations'][number]) => number,
) {
  const at = (a: string, b: string) =>
    combinations.filter((each) => each.a === a && each.b === b).map(accuracyOf)[0] ?? Number.NaN;
  const before = at('from', 'from');
  return {
    a: rounded(at('to', 'from') - before),
    b: rounded(at('from', 'to') - before),
    both: rounded(at('to', 'to') - before),
  };
}

const shown = (value: number | null) => (value === null ? '-' : value.toFixed(3));

export const gaugeAnalysis = defineAnalysis({
  name: 'gauge',
  summary: 'normalization as y = a x + b: what changes it between two cells, and a and b exchanged',
  heading: 'Normalization as y = a x + b',
  options: gaugeOptions,
  result: gaugeResult,
  async run(context, options) {
    const { network } = context;
    const { from, to } = options;
    const found = await gauge({
      ...accuracyOptions(context, options),
      epsilon: options.epsilon.value,
      ...(from === undefined ? {} : { from: cellWritten(network, from) }),
      ...(to === undefined ? {} : { to: cellWritten(network, to) }),
    });
    const combinations = found.combinations.map(({ a, b, evaluation }) => ({
      a,
      b,
      ...accuracyOf(evaluation),
    }));
    return {
      ...examplesOf(found.combinations[0].evaluation.indices),
      from: cellOf(found.from),
      to: cellOf(found.to),
      average: roundedShares(found.average),
      pooled: roundedShares(found.pooled),
      layers: found.layers.map((each) => ({
        ...each,
        logGamma: rounded(each.logGamma),
        logSigma: rounded(each.logSigma),
        logA: rounded(each.logA),
        logASpread: rounded(each.logASpread),
        bSpread: rounded(each.bSpread),
        ...roundedShares(each),
      })),
      combinations,
      exchange: {
        clean: exchangeOf(combinations, ({ clean }) => clean),
        robust: Object.fromEntries(
          Object.keys(combinations[0].robust).map((name) => [
            name,
            exchangeOf(combinations, ({ robust }) => robust[name]),
          ]),
        ),
      },
    };
  },
  request: ({ from, to }, { evaluationCells: { clean, robust } }) => ({
    from: from ?? writtenCell(clean),
    to: to ?? writtenCell(robust),
  }),
  tables({ result: { from, to, average, pooled, layers, combinations } }) {
    const titles = ['log|a|: gamma', 'log|a|: sigma', 'b: gamma', 'b: beta', 'b: mu', 'b: sigma'];
    const cells = (shares: Shares) => shareNames.map((name) => shown(shares[name]));
    return [
      {
        title: `Shares in the change of y = a x + b from ${cellLabel(from)} to ${cellLabel(to)}`,
        columns: [leftColumn('layer'), ...titles.map(rightColumn), rightColumn('mean d log|a|')],
        rows: [
          ...layers.map((each) => [each.layer, ...cells(each), each.logA.toFixed(3)]),
          ['mean over layers', ...cells(average), ''],
          ['pooled', ...cells(pooled), ''],
        ],
      },
      {
        title: 'a and b exchanged in all layers',
        columns: [leftColumn('a of'), leftColumn('b of'), ...accuracyColumns(combinations[0])],
        rows: combinations.map((row) => [row.a, row.b, ...accuracyCells(row)]),
      },
    ];
  },
  figures: (subject) => [gaugeShares(subject), gaugeExchange({ ...subject, id: `${subject.id}-exchange` })],
});

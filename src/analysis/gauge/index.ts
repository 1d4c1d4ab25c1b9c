/** AP or NS free of the choice of gauge, as an analysis of a run: see gauge.ts. */

import { z } from 'zod';
import {
  attackName,
  type Figure,
  type FigureSubject,
  groupBy,
  heatMap,
  heatTop,
  html,
  lineChart,
  mean,
  meanAccuracy,
  type Panel,
  panelWidth,
  percent,
  plural,
  seedsText,
  seriesOf,
} from '../../figures/index.ts';
import { cellLabel, cellOf } from '../../nn/index.ts';
import {
  accuracyCells,
  accuracyColumns,
  accuracyOf,
  accuracyOptions,
  accuracyShape,
  cellSchema,
  examplesOf,
  examplesShape,
  leftColumn,
  rightColumn,
} from '../accuracies.ts';
import { cellWritten, writtenCell } from '../branches.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import { rounded } from '../distances.ts';
import { attackOptions, exampleOptions } from '../options.ts';
import { type Shares, shareNames } from './decomposition.ts';
import { gauge, origins } from './gauge.ts';

// The options and the result.

export const gaugeOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  from: z.string().optional().meta({
    description:
      'the cell that the change is from: NS/AP, such as clean/clean; by default that of clean accuracy',
    value: 'cell',
  }),
  to: z.string().optional().meta({
    description: 'the cell that it is to: NS/AP, such as adv/adv; by default that of robust accuracy',
    value: 'cell',
  }),
});

const share = z.number().nullable();
/** Of the change of log|a|: gammaShare and sigmaShare. Of that of b: the others. Null where nothing changed. */
const sharesShape = {
  gammaShare: share,
  sigmaShare: share,
  bGammaShare: share,
  bBetaShare: share,
  bMuShare: share,
  bSigmaShare: share,
};

/** Changes of accuracy from cell `from`, as fractions. */
const exchangeShape = z.object({ a: z.number(), b: z.number(), both: z.number() });

export const gaugeResult = z.object({
  ...examplesShape,
  from: cellSchema,
  to: cellSchema,
  /** Over layers. */
  average: z.object(sharesShape),
  /** Of the covariances of all layers: layers that change more count more. */
  pooled: z.object(sharesShape),
  layers: z.array(
    z.object({
      layer: z.string(),
      channels: z.int(),
      /** Channels of zero gamma, which have no log|a|. */
      zeros: z.int(),
      /** Channels whose a changes its sign. */
      signChanges: z.int(),
      /** Means over channels of the changes. */
      logGamma: z.number(),
      logSigma: z.number(),
      logA: z.number(),
      /** Standard deviations over channels of the changes of log|a| and b. */
      logASpread: z.number(),
      bSpread: z.number(),
      ...sharesShape,
    }),
  ),
  /** Every layer with a of one cell and b of one cell. */
  combinations: z.array(z.object({ a: z.enum(origins), b: z.enum(origins), ...accuracyShape })),
  /** What exchanging a alone, b alone, and both does to clean accuracy, and to robust accuracy by attack. */
  exchange: z.object({ clean: exchangeShape, robust: z.record(z.string(), exchangeShape) }),
});

export type GaugeDocument = AnalysisDocumentOf<'gauge', typeof gaugeOptions, typeof gaugeResult>;
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

// In reports: the shares by layer, and the four combinations as heat maps.

const shareLabels: Readonly<Record<keyof Shares, string>> = {
  gammaShare: 'gamma',
  sigmaShare: 'sigma',
  bGammaShare: 'gamma',
  bBetaShare: 'beta',
  bMuShare: 'mu',
  bSigmaShare: 'sigma',
};
const wholes = { 'log|a|': ['gammaShare', 'sigmaShare'], b: shareNames.slice(2) } as const;
const parameters = seriesOf(['gamma', 'sigma', 'beta', 'mu']);

export function gaugeShares({ id, label, documents }: FigureSubject<GaugeDocument>): Figure | undefined {
  const rows = documents.flatMap(({ subject: { seed }, result: { layers } }) =>
    layers.flatMap((each, at) =>
      Object.entries(wholes).flatMap(([whole, names]) =>
        names.flatMap((name) => {
          const value = each[name];
          const of = { whole, parameter: shareLabels[name], seed: String(seed), layer: each.layer, at };
          return value === null ? [] : [{ ...of, share: value }];
        }),
      ),
    ),
  );
  if (rows.length === 0) return undefined;
  const [{ from, to, layers }] = documents.map(({ result }) => result);
  const panels = [...groupBy(rows, ({ whole }) => whole)].map(([whole, group], place, all): Panel => {
    const means = [...groupBy(group, ({ parameter, at }) => `${parameter} ${at}`).values()].map((one) => ({
      series: one[0].parameter,
      x: one[0].at + 1,
      y: mean(one.map(({ share }) => share)),
    }));
    const single = documents.length > 1 ? group : [];
    return {
      name: place === 0 ? 'a' : 'b',
      title: `Shares of the change of ${whole}`,
      description: `Shares of the parameters in the change of ${whole} of ${label}, by layer`,
      chart: lineChart({
        rows: [
          ...means,
          ...single.map(({ parameter, at, seed, share }) => ({
            series: parameter,
            x: at + 1,
            y: share,
            seed: `${parameter} ${seed}`,
          })),
        ],
        series: parameters,
        x: { title: 'BN layer', format: 'd', domain: [1, Math.max(2, layers.length)] },
        y: { title: 'share', format: '.6~f' },
        width: panelWidth(all.length),
      }),
    };
  });
  return {
    id,
    title: `${label}: what a and b of y = a x + b change by`,
    caption: html`${label}: normalization at test time is y = a x + b with a = γ/σ and b = β − γμ/σ. Shares of the parameters in the change of
      log|a| and of b over channels, from ${cellLabel(from)} to ${cellLabel(to)}, by BN layer; those of one layer sum to 1. ${seedsText(documents.length)}`,
    key: parameters.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels,
    data: rows.map(({ at: _, ...row }) => ({ label, ...row })),
  };
}

export function gaugeExchange({ id, label, documents }: FigureSubject<GaugeDocument>): Figure | undefined {
  const [{ request, result }] = documents;
  const { attack, epsilon } = request;
  const rows = documents.flatMap(({ result: { combinations } }) => combinations);
  const cells = [...groupBy(rows, ({ a, b }) => `${a} ${b}`).values()].map((group) => ({
    a: group[0].a,
    b: group[0].b,
    clean: meanAccuracy(group.map(({ clean, cleanInterval }) => ({ value: clean, interval: cleanInterval }))),
    robust: meanAccuracy(
      group.map(({ robust, robustInterval }) => ({
        value: robust[attack],
        interval: robustInterval[attack],
      })),
    ),
  }));
  const panel = (name: 'clean' | 'robust', title: string): Panel => ({
    name,
    title,
    description: `${title} of ${label}: ${cells.map((cell) => `a of ${cell.a}, b of ${cell.b}: ${percent(cell[name].value)}%`).join('; ')}`,
    chart: heatMap({
      cells: cells.map((cell) => ({
        row: `a of, ${cell.a}`,
        column: `b of ${cell.b}`,
        accuracy: cell[name],
        note: '',
      })),
      ramp: name === 'clean' ? 'heat-clean' : 'heat-adv',
      top: heatTop(cells.map((cell) => cell[name].value)),
    }),
  });
  return {
    id,
    title: `${label}: a and b exchanged`,
    caption: html`${label}: every normalization y = a x + b with a and b of ${cellLabel(result.from)} (from) or of ${cellLabel(result.to)} (to).
      ${plural(result.examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}. ${seedsText(documents.length, '')}`,
    key: [],
    panels: [panel('clean', 'Clean accuracy, %'), panel('robust', `Accuracy under ${attackName(attack)}, %`)],
    data: cells.flatMap(({ a, b, ...measured }) =>
      (['clean', 'robust'] as const).map((measure) => ({
        label,
        a,
        b,
        measure: measure === 'clean' ? 'clean' : attack,
        accuracy: measured[measure].value,
        low: measured[measure].interval?.[0],
        high: measured[measure].interval?.[1],
      })),
    ),
  };
}

// The analysis.

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

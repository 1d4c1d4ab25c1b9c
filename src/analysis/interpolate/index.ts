/** The trade-off between two cells, as an analysis of a run: see interpolate.ts. */

import { z } from 'zod';
import {
  type Accuracy,
  attackName,
  cellName,
  type Figure,
  type FigureSubject,
  groupBy,
  html,
  type LineRow,
  lineChart,
  meanAccuracy,
  type PathPoint,
  paint,
  pathChart,
  plural,
  type Series,
  seedsText,
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
  fraction,
  rightColumn,
} from '../accuracies.ts';
import { cellWritten, writtenCell } from '../branches.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import { askedEstimation, estimationSchema } from '../estimation.ts';
import { sampleTypes } from '../images.ts';
import { attackOptions, estimationOptions, exampleOptions } from '../options.ts';
import { interpolate, statisticsAlong } from './interpolate.ts';

// The options and the result.

export const interpolateOptions = z.strictObject({
  ...attackOptions,
  ...exampleOptions,
  from: z.string().optional().meta({
    description: 'the cell at t = 0: NS/AP, such as clean/clean; by default that of clean accuracy',
    value: 'cell',
  }),
  to: z.string().optional().meta({
    description: 'the cell at t = 1: NS/AP, such as adv/adv; by default that of robust accuracy',
    value: 'cell',
  }),
  ts: z
    .array(z.number().min(0).max(1))
    .min(1)
    .transform((ts) => [...ts].sort((a, b) => a - b))
    .default([0, 0.25, 0.5, 0.75, 1])
    .meta({ description: 'the points between the cells', flag: '--t' }),
  statistics: z.enum(statisticsAlong).default('reestimated').meta({ description: 'the NS at each t' }),
  source: z
    .enum(sampleTypes)
    .default('clean')
    .meta({ description: 'the type of sample that NS are re-estimated from' }),
  ...estimationOptions,
});

export const interpolateResult = z.object({
  ...examplesShape,
  /** At t = 0. */
  from: cellSchema,
  /** At t = 1. */
  to: cellSchema,
  /** Where statistics are re-estimated. */
  estimation: estimationSchema.exactOptional(),
  points: z.array(z.object({ t: fraction, ...accuracyShape })),
});

export type InterpolateDocument = AnalysisDocumentOf<
  'interpolate',
  typeof interpolateOptions,
  typeof interpolateResult
>;

// In reports: clean and robust accuracy along t, and the curve that the two make.

const statisticsText: Readonly<Record<InterpolateDocument['request']['statistics'], string>> = {
  reestimated: 'NS are estimated anew at every t',
  interpolated: 'NS are interpolated as AP are',
  from: 'NS stay those of t = 0',
  to: 'NS stay those of t = 1',
};

const series: readonly Series[] = [
  { name: 'clean', color: paint('clean'), shape: 'circle' },
  { name: 'robust', color: paint('adv'), shape: 'square', dash: [6, 3] },
];

export function interpolationOf({
  id,
  label,
  documents,
}: FigureSubject<InterpolateDocument>): Figure | undefined {
  const [first] = documents;
  const attack = first.request.attack;
  const { statistics, source, epsilon } = first.request;
  const { from, to, examples, estimation } = first.result;
  const points = documents.flatMap((document) =>
    document.result.points.map(({ t, clean, cleanInterval, robust, robustInterval }) => ({
      seed: String(document.subject.seed),
      t,
      clean: { value: clean, interval: cleanInterval },
      robust: { value: robust[attack], interval: robustInterval[attack] },
    })),
  );
  const means = [...groupBy(points, ({ t }) => String(t)).values()].map((group) => ({
    t: group[0].t,
    clean: meanAccuracy(group.map(({ clean }) => clean)),
    robust: meanAccuracy(group.map(({ robust }) => robust)),
  }));
  const several = documents.length > 1;
  const all = [...means, ...(several ? points : [])];
  const lines = all.flatMap((point): LineRow[] =>
    (['clean', 'robust'] as const).map((name) => rowOf(name, point.t, point[name], seedOf(point))),
  );
  const path = all.map(
    (point): PathPoint => ({
      order: point.t,
      x: point.clean.value,
      y: point.robust.value,
      seed: seedOf(point),
      label: seedOf(point) === undefined && (point.t === 0 || point.t === 1) ? `t = ${point.t}` : undefined,
    }),
  );
  const name = attackName(attack);
  return {
    id,
    title: `${label}: from ${cellName(from)} to ${cellName(to)}`,
    caption: html`${label}: AP between those of ${cellName(from)} (t = 0) and of ${cellName(to)} (t = 1);
      ${statisticsText[statistics]}${estimation && ` from ${source} images`}. ${plural(examples, 'test image')}, ε\u00a0=\u00a0${epsilon.text}.
      ${seedsText(documents.length)}`,
    key: [
      { label: 'clean accuracy', color: paint('clean'), mark: 'line' },
      { label: `accuracy under ${name}`, color: paint('adv'), mark: 'dashes' },
    ],
    panels: [
      {
        name: 'lines',
        title: 'Accuracy along t',
        description: `Clean accuracy and accuracy under ${name} of ${label} along t`,
        chart: lineChart({
          rows: lines,
          series,
          x: { title: 't', format: '.6~f', domain: [0, 1] },
          y: { title: 'accuracy', format: '%' },
        }),
      },
      {
        name: 'tradeoff',
        title: 'The trade-off it makes',
        description: `Clean accuracy against accuracy under ${name} of ${label} along t`,
        chart: pathChart({ points: path, x: 'clean accuracy', y: `${name} accuracy` }),
      },
    ],
    data: points.flatMap(({ seed, t, ...measured }) =>
      (['clean', 'robust'] as const).map((measure) => ({
        label,
        seed,
        t,
        measure: measure === 'clean' ? 'clean' : attack,
        accuracy: measured[measure].value,
        low: measured[measure].interval[0],
        high: measured[measure].interval[1],
      })),
    ),
  };
}

const seedOf = (point: object): string | undefined =>
  'seed' in point && typeof point.seed === 'string' ? point.seed : undefined;

const rowOf = (name: string, t: number, accuracy: Accuracy, seed: string | undefined): LineRow => ({
  series: name,
  x: t,
  y: accuracy.value,
  low: seed === undefined ? accuracy.interval?.[0] : undefined,
  high: seed === undefined ? accuracy.interval?.[1] : undefined,
  seed,
});

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

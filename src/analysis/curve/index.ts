/** Accuracy over epsilon, as an analysis of a run: see curve.ts. */

import { z } from 'zod';
import { parseEpsilon } from '../../attacks/index.ts';
import { cellShape } from '../../evaluation/index.ts';
import {
  type CurvePoint,
  cellName,
  epsilonCurve,
  type Figure,
  type FigureSubject,
  groupBy,
} from '../../figures/index.ts';
import { cellLabel } from '../../nn/index.ts';
import {
  accuracyCells,
  accuracyColumns,
  accuracyOptions,
  accuracyRows,
  accuracyShape,
  examplesOf,
  examplesShape,
  leftColumn,
  rightColumn,
} from '../accuracies.ts';
import { cellWritten, writtenCell } from '../branches.ts';
import { type AnalysisDocumentOf, defineAnalysis } from '../definition.ts';
import { attackOption, epsilonOption, exampleOptions } from '../options.ts';
import { curve } from './curve.ts';

// The options and the result.

export const curveOptions = z.strictObject({
  attack: attackOption,
  epsilons: z
    .array(epsilonOption)
    .refine((all) => all.length > 0 && new Set(all.map(({ value }) => value)).size === all.length, {
      message: 'expected a list of bounds, each once',
    })
    .default([1, 2, 4, 8, 12, 16].map((size) => parseEpsilon(`${size}/255`)))
    .meta({ description: 'the bounds of the attack, each once', value: 'size' }),
  cells: z
    .array(z.string())
    .refine((all) => all.length > 0 && new Set(all).size === all.length, {
      message: 'expected a list of cells, each once',
    })
    .optional()
    .meta({
      description: 'the cells: NS/AP, such as adv/adv; by default those of clean and of robust accuracy',
      value: 'cell',
    }),
  ...exampleOptions,
});

export const curveResult = z.object({
  ...examplesShape,
  points: z.array(
    z.object({
      /** As written. */
      epsilon: z.string(),
      /** Of epsilon, as a number. */
      value: z.number(),
      ...cellShape,
      ...accuracyShape,
    }),
  ),
});

export type CurveDocument = AnalysisDocumentOf<'curve', typeof curveOptions, typeof curveResult>;

// The curves in reports.

type CurveCell = CurveDocument['result']['points'][number];

/** Every cell a line; or, with a label, the cell that robustness is evaluated through alone, as the line of that name. */
export function curvePoints(document: CurveDocument, label?: string): CurvePoint[] {
  const { request, result, subject } = document;
  const { evaluationCells } = request;
  const seed = subject.seed ?? 0;
  const kept =
    label === undefined
      ? result.points
      : result.points.filter((point) => cellName(point) === cellName(evaluationCells.robust));
  const nameOf = (point: CurveCell) => label ?? cellName(point);
  const attacked = kept.flatMap((point): CurvePoint[] => {
    const attack = Object.keys(point.robust).at(-1);
    if (attack === undefined) return [];
    const accuracy = { value: point.robust[attack], interval: point.robustInterval[attack] };
    return [{ series: nameOf(point), seed, epsilon: point.epsilon, size: point.value, attack, accuracy }];
  });
  return [...(attacked.some(({ size }) => size === 0) ? [] : atZero(kept, nameOf, seed)), ...attacked];
}

/** Clean accuracy, once a line. */
const atZero = (
  points: readonly CurveCell[],
  nameOf: (point: CurveCell) => string,
  seed: number,
): CurvePoint[] =>
  [...groupBy(points, nameOf).values()].map(([point]) => ({
    series: nameOf(point),
    seed,
    epsilon: '0',
    size: 0,
    attack: 'none',
    accuracy: { value: point.clean, interval: point.cleanInterval },
  }));

/** A line for each cell. @returns undefined for fewer than two bounds. */
export function curveFigure({ id, label, documents }: FigureSubject<CurveDocument>): Figure | undefined {
  return epsilonCurve({
    id,
    title: label,
    points: documents.flatMap((document) => curvePoints(document)),
    examples: documents[0].result.examples,
    lines: 'a line for each cell, attacked through itself',
  });
}

export const curveAnalysis = defineAnalysis({
  name: 'curve',
  summary: 'accuracies over epsilon',
  heading: 'Accuracy over epsilon',
  options: curveOptions,
  result: curveResult,
  async run(context, options) {
    const { epsilons, cells } = options;
    const { points } = await curve({
      ...accuracyOptions(context, options),
      ...(cells ? { cells: cells.map((text) => cellWritten(context.network, text)) } : {}),
      epsilons: epsilons.map(({ value }) => value),
    });
    return {
      ...examplesOf(points[0].indices),
      points: points.flatMap((point, at) =>
        accuracyRows(point).map((row) => ({
          epsilon: epsilons[at].text,
          value: epsilons[at].value,
          ...row,
        })),
      ),
    };
  },
  request: ({ cells }, { evaluationCells: { clean, robust } }) => ({
    cells: cells ?? [...new Set([clean, robust].map(writtenCell))],
  }),
  tables: ({ result: { points } }) => [
    {
      title: 'Over epsilon',
      columns: [rightColumn('epsilon'), leftColumn('cell'), ...accuracyColumns(points[0])],
      rows: points.map((point) => [point.epsilon, cellLabel(point), ...accuracyCells(point)]),
    },
  ],
  figures: (subject) => [curveFigure(subject)],
});

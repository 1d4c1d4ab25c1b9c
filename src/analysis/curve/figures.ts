/** Accuracy over epsilon, of curve analyses. */

import {
  type CurvePoint,
  cellName,
  epsilonCurve,
  type Figure,
  type FigureSubject,
  groupBy,
} from '../../figures/index.ts';
import type { CurveDocument } from './document.ts';

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

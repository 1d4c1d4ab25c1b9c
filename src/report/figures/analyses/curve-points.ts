/** Points of curves over epsilon: of curve analyses, and of evaluations of one network at several sizes. */
import type { CurveDocument } from '../../../analysis/index.ts';
import { attacksOf, cellName } from '../../cells.ts';
import type { ReportEvaluation } from '../../model.ts';
import { groupBy } from '../mean.ts';
import { sharedAttacks } from '../tradeoff.ts';
import type { CurvePoint } from './epsilon-curve.ts';

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

/** Of evaluations of one checkpoint by the same attack at several sizes; the later one where two have the same. */
export function evaluatedPoints(evaluations: readonly ReportEvaluation[], seed: number): CurvePoint[] {
  const last = evaluations.at(-1);
  if (!last) return [];
  const alike = evaluations.filter(
    ({ checkpoint, norm, examples }) =>
      checkpoint === last.checkpoint && norm === last.norm && examples === last.examples,
  );
  const attack = sharedAttacks(alike.map(attacksOf)).at(-1);
  const bySize = new Map(alike.map((evaluation) => [evaluation.size, evaluation]));
  if (attack === undefined || bySize.size < 2) return [];
  const clean = last.grid.map((cell) => ({
    series: cellName(cell),
    seed,
    epsilon: '0',
    size: 0,
    attack: 'none',
    accuracy: cell.clean,
  }));
  const attacked = [...bySize.values()].flatMap(({ grid, epsilon, size }) =>
    grid.map((cell) => ({
      series: cellName(cell),
      seed,
      epsilon,
      size,
      attack,
      accuracy: cell.robust[attack],
    })),
  );
  return [...clean, ...attacked];
}

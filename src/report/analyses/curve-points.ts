/** Points of accuracy over epsilon, of curve analyses. */
import type { CurveDocument } from '../../analysis/index.ts';
import { type CurvePoint, cellName, groupBy } from '../../figures/index.ts';

type CurveCell = CurveDocument['points'][number];

/** Every cell a line; or, with a label, the cell that robustness is evaluated through alone, as the line of that name. */
export function curvePoints(document: CurveDocument, label?: string): CurvePoint[] {
  const { evaluationCells, seed } = document;
  const kept =
    label === undefined
      ? document.points
      : document.points.filter((point) => cellName(point) === cellName(evaluationCells.robust));
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

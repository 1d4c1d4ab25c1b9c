/** Clean against robust accuracy: every cell of every run as a point with its intervals. */
import { cellLabel } from '../../../nn/index.ts';
import { attacksOf, isRawSwap, partsName } from '../cells.ts';
import { type Chart, chartWidth } from '../drawing/draw.ts';
import { paint, paints } from '../drawing/palette.ts';
import { attackName } from '../format.ts';
import { html } from '../html.ts';
import type { Accuracy, ReportRun } from '../model.ts';
import { type Figure, type PointShape, pointShapes } from './figure.ts';
import { gridRows } from './grid.ts';

/** @returns undefined where no run was evaluated under an attack that all evaluated runs share. */
export function tradeoff(runs: readonly ReportRun[]): Figure | undefined {
  const evaluated = runs.flatMap(({ name, evaluation }) => (evaluation ? [{ name, evaluation }] : []));
  const attack = sharedAttacks(evaluated.map(({ evaluation }) => attacksOf(evaluation))).at(-1);
  if (attack === undefined) return undefined;
  const names = evaluated.map(({ name }) => name);
  const colors = paints('run');
  const runPaints = names.map((_, at) => colors[at % colors.length]);
  const points = evaluated.flatMap(({ name, evaluation: { grid } }) =>
    grid.map((cell) => ({
      run: name,
      cell: cellLabel(cell),
      AP: `AP ${partsName(cell)}`,
      swapped: isRawSwap(cell, grid),
      ...ends('clean', cell.clean),
      ...ends('robust', cell.robust[attack]),
    })),
  );
  const affines = [...new Set(points.map(({ AP }) => AP))];
  const title = `Clean and ${attackName(attack)} accuracy`;
  return {
    id: 'tradeoff',
    caption: html`Clean accuracy against accuracy under ${attackName(attack)}, each cell a point with 95% intervals. Its shape
      tells the AP; hollow points are raw swaps. Better is up and to the right.`,
    key: [
      ...names.map((label, at) => ({ label, color: runPaints[at], mark: 'circle' as const })),
      ...affines.map((label, at) => ({ label, color: paint('ink'), mark: shapeOf(at) })),
    ],
    panels: [
      {
        name: 'points',
        title,
        description: `${title} of every cell of ${names.join(', ')}`,
        chart: tradeoffChart({ points, names, runPaints, affines, attack }),
      },
    ],
    data: evaluated.flatMap(({ name, evaluation }) => gridRows(name, evaluation)),
  };
}

interface TradeoffChart {
  readonly points: readonly Record<string, string | number | boolean>[];
  readonly names: readonly string[];
  readonly runPaints: readonly string[];
  readonly affines: readonly string[];
  readonly attack: string;
}

function tradeoffChart({ points, names, runPaints, affines, attack }: TradeoffChart): Chart {
  const color = {
    field: 'run',
    type: 'nominal' as const,
    scale: { domain: [...names], range: [...runPaints] },
    title: null,
  };
  const axis = (name: string) => ({ title: `${name} accuracy`, format: '.0%', tickCount: 6, grid: true });
  const x = {
    field: 'clean',
    type: 'quantitative' as const,
    scale: { zero: true, nice: true },
    axis: axis('clean'),
  };
  const y = {
    field: 'robust',
    type: 'quantitative' as const,
    scale: { zero: true, nice: true },
    axis: axis(attackName(attack)),
  };
  const interval = { type: 'rule' as const, strokeWidth: 1.5, opacity: 0.55 };
  return {
    width: chartWidth,
    height: 300,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: points.map((point) => ({ ...point })) },
    layer: [
      { mark: interval, encoding: { x: { ...x, field: 'cleanLow' }, x2: { field: 'cleanHigh' }, y, color } },
      {
        mark: interval,
        encoding: { x, y: { ...y, field: 'robustLow' }, y2: { field: 'robustHigh' }, color },
      },
      {
        mark: { type: 'point', size: 90, strokeWidth: 2, filled: false, fill: paint('paper'), opacity: 1 },
        encoding: {
          x,
          y,
          color,
          fill: { condition: { test: 'datum.swapped', value: paint('paper') }, ...color },
          shape: {
            field: 'AP',
            type: 'nominal',
            scale: { domain: [...affines], range: affines.map((_, at) => shapeOf(at)) },
            title: null,
          },
        },
      },
    ],
  };
}

const shapeOf = (at: number): PointShape => pointShapes[at % pointShapes.length];

const ends = (name: string, accuracy: Accuracy | undefined) => {
  const value = accuracy?.value ?? Number.NaN;
  const [low, high] = accuracy?.interval ?? [value, value];
  return { [name]: value, [`${name}Low`]: low, [`${name}High`]: high };
};

const sharedAttacks = ([first = [], ...rest]: readonly (readonly string[])[]): string[] =>
  first.filter((attack) => rest.every((attacks) => attacks.includes(attack)));

/** The specification of a heat map over NS (rows) and AP (columns), with its numbers written in. */
import type { Chart } from '../drawing/draw.ts';
import { chartWidth } from '../drawing/draw.ts';
import { heatSteps, heatTurn, paint, paints } from '../drawing/palette.ts';
import { percent, percentInterval } from '../format.ts';
import type { Accuracy } from '../model.ts';

export interface GridCell {
  readonly statistics: string;
  readonly affine: string;
  readonly accuracy: Accuracy;
  /** A word beneath the number, such as 'raw swap'. */
  readonly note: string;
}

export interface GridChart {
  readonly cells: readonly GridCell[];
  readonly ramp: 'heat-clean' | 'heat-adv';
  /** The accuracy of the strongest color; equal for grids that are compared. */
  readonly top: number;
}

/** Which of the steps between 0 and top a value falls on. */
export const heatStep = (value: number, top: number): number =>
  Math.min(heatSteps - 1, Math.max(0, Math.floor((value / top) * heatSteps)));

/** The end of the scale for accuracies that are to be compared: their maximum, up to the next 10%. */
export const heatTop = (values: readonly number[]): number =>
  Math.max(1, Math.ceil(Math.max(0, ...values.filter(Number.isFinite)) * 10 - 1e-9)) / 10;

const labelWidth = 84;
const cellHeight = 84;

export function gridChart({ cells, ramp, top }: GridChart): Chart {
  const columns = [...new Set(cells.map(({ affine }) => affine))];
  const rows = [...new Set(cells.map(({ statistics }) => statistics))];
  const colors = paints(ramp);
  const values = cells.map(({ statistics, affine, accuracy, note }) => {
    const step = heatStep(accuracy.value, top);
    return {
      NS: statistics,
      AP: affine,
      fill: Number.isFinite(accuracy.value) ? colors[step] : paint('panel'),
      ink: paint(step < heatTurn ? 'heat-under' : 'heat-over'),
      text: percent(accuracy.value),
      detail: accuracy.interval ? percentInterval(accuracy.interval) : '',
      note,
    };
  });
  const text = (field: 'text' | 'detail' | 'note', dy: number, fontSize: number) => ({
    mark: {
      type: 'text' as const,
      dy,
      fontSize,
      fontWeight: field === 'text' ? ('bold' as const) : ('normal' as const),
    },
    encoding: {
      text: { field, type: 'nominal' as const },
      color: { field: 'ink', type: 'nominal' as const, scale: null },
    },
  });
  return {
    width: Math.min(128, (chartWidth - labelWidth) / columns.length) * columns.length,
    height: cellHeight * rows.length,
    data: { values },
    encoding: {
      x: {
        field: 'AP',
        type: 'nominal',
        scale: { domain: columns },
        axis: { orient: 'top', labelAngle: 0, labelExpr: "'AP ' + datum.label", title: null, domain: false },
      },
      y: {
        field: 'NS',
        type: 'nominal',
        scale: { domain: rows },
        axis: { labelExpr: "'NS ' + datum.label", title: null },
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: paint('paper'), strokeWidth: 3, cornerRadius: 6 },
        encoding: { color: { field: 'fill', type: 'nominal', scale: null } },
      },
      text('text', -10, 20),
      text('detail', 10, 11),
      text('note', 27, 11),
    ],
  };
}

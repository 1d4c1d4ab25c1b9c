/** The specification of a heat map of accuracies, with its numbers written in: a grid, or any table of cells. */
import { type Chart, chartWidth } from './drawing.ts';
import { heatSteps, heatTurn, paint, paints } from './series.ts';
import { type Accuracy, percent, percentInterval } from './values.ts';

export interface HeatCell {
  /** Labels as they are shown; a line break after a comma. */
  readonly row: string;
  readonly column: string;
  readonly accuracy: Accuracy;
  /** A word beneath the number, such as 'raw swap'. */
  readonly note: string;
}

export interface HeatMap {
  readonly cells: readonly HeatCell[];
  readonly ramp: 'heat-clean' | 'heat-adv';
  /** The accuracy of the strongest color; equal for maps that are compared. */
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
const cellWidth = 128;
const lineHeight = 14;

export function heatMap({ cells, ramp, top }: HeatMap): Chart {
  const columns = [...new Set(cells.map(({ column }) => column))];
  const rows = [...new Set(cells.map(({ row }) => row))];
  const colors = paints(ramp);
  const values = cells.map(({ row, column, accuracy, note }) => {
    const step = heatStep(accuracy.value, top);
    const known = Number.isFinite(accuracy.value);
    return {
      row,
      column,
      fill: known ? colors[step] : paint('panel'),
      ink: paint(known ? (step < heatTurn ? 'heat-under' : 'heat-over') : 'muted'),
      text: percent(accuracy.value),
      detail: accuracy.interval ? percentInterval(accuracy.interval) : '',
      note,
    };
  });
  const noted = cells.some(({ note }) => note !== '');
  const width = Math.min(cellWidth, (chartWidth - labelWidth) / columns.length);
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
  const lines = "split(datum.label, ', ')";
  return {
    width: width * columns.length,
    height: (noted ? cellHeight : 62) * rows.length,
    data: { values },
    encoding: {
      x: {
        field: 'column',
        type: 'nominal',
        scale: { domain: columns },
        axis: {
          orient: 'top',
          labelAngle: 0,
          labelExpr: lines,
          labelLineHeight: lineHeight,
          // Vega places the first line and lets the others run into the cells.
          labelPadding: 6 + lineHeight * more(columns),
          title: null,
          domain: false,
        },
      },
      y: {
        field: 'row',
        type: 'nominal',
        scale: { domain: rows },
        axis: {
          labelExpr: lines,
          labelLineHeight: lineHeight,
          labelOffset: (-lineHeight * more(rows)) / 2,
          title: null,
        },
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: paint('paper'), strokeWidth: 3, cornerRadius: 6 },
        encoding: { color: { field: 'fill', type: 'nominal', scale: null } },
      },
      text('text', -10, width < 80 ? 16 : 20),
      text('detail', 10, width < 80 ? 9.5 : 11),
      text('note', 27, 11),
    ],
  };
}

/** Lines after the first, of the label that has most. */
const more = (labels: readonly string[]): number =>
  Math.max(...labels.map((label) => label.split(', ').length)) - 1;

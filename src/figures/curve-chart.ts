/** The specification of a panel of training curves: lines over epochs, dashed for training, whole for validation. */
import { type Chart, chartWidth } from './drawing.ts';

export type Split = 'training' | 'validation';
export type Measure = 'loss' | 'clean accuracy' | 'adversarial accuracy';

/** One measured number of an epoch, of which images and of which split. */
export interface CurveRow {
  readonly run: string;
  readonly epoch: number;
  readonly split: Split;
  readonly measure: Measure;
  readonly value: number;
}

export interface CurveChart {
  readonly rows: readonly CurveRow[];
  /** What a color tells, and the colors of its values in order. */
  readonly color: {
    readonly by: 'run' | 'measure';
    readonly values: readonly string[];
    readonly paints: readonly string[];
  };
  readonly unit: 'loss' | 'accuracy';
}

export const dashes: Readonly<Record<Split, readonly number[]>> = { training: [3, 5], validation: [1, 0] };

const axes = {
  loss: { title: 'loss', format: '.2~f' },
  accuracy: { title: 'accuracy', format: '%' },
} as const;

export function curveChart({ rows, color, unit }: CurveChart): Chart {
  const last = Math.max(1, ...rows.map(({ epoch }) => epoch));
  const { title, format } = axes[unit];
  return {
    width: chartWidth,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.map((row) => ({ ...row })) },
    // A run of one epoch has no line to draw: points keep it visible.
    mark: { type: 'line', clip: false, point: last <= 12 ? { size: 28, filled: true } : false },
    encoding: {
      x: {
        field: 'epoch',
        type: 'quantitative',
        scale: { domain: [Math.min(1, last - 1), last], nice: false },
        axis: { title: 'epoch', tickMinStep: 1, tickCount: 6, format: 'd' },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale: { zero: unit === 'accuracy', nice: true },
        axis: { title, format, tickCount: 5 },
      },
      color: {
        field: color.by,
        type: 'nominal',
        scale: { domain: [...color.values], range: [...color.paints] },
        title: null,
      },
      strokeDash: {
        field: 'split',
        type: 'nominal',
        scale: { domain: Object.keys(dashes), range: Object.values(dashes).map((dash) => [...dash]) },
        title: null,
      },
    },
  };
}

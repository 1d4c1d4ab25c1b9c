/** The specification of bars side by side: the values of a layer's channels, a bar a version of the images or a branch. */
import { type Chart, chartWidth } from '../drawing/draw.ts';
import { colorScale, type Series } from './series.ts';

export interface BarRow {
  readonly channel: number;
  readonly series: string;
  readonly value: number;
}

export interface Bars {
  readonly rows: readonly BarRow[];
  readonly series: readonly Series[];
  /** Of the values: 'mu'. */
  readonly title: string;
}

export function bars({ rows, series, title }: Bars): Chart {
  return {
    width: chartWidth,
    height: 180,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: rows.map((row) => ({ ...row })) },
    mark: { type: 'bar' },
    encoding: {
      x: {
        field: 'channel',
        type: 'ordinal',
        axis: { title: 'channel', labelAngle: 0, labelOverlap: true },
        scale: { paddingInner: 0.25 },
      },
      xOffset: { field: 'series', type: 'nominal', scale: { domain: series.map(({ name }) => name) } },
      y: { field: 'value', type: 'quantitative', axis: { title, tickCount: 5, format: '.6~f' } },
      color: { field: 'series', type: 'nominal', scale: colorScale(series) },
    },
  };
}

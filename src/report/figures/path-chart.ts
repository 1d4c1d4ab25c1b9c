/** The specification of a path in the plane of two accuracies: points joined in the order of a parameter. */
import { type Chart, chartWidth } from '../drawing/draw.ts';
import { paint } from '../drawing/palette.ts';

export interface PathPoint {
  readonly order: number;
  readonly x: number;
  readonly y: number;
  /** Of one seed: drawn thin. */
  readonly seed?: string | undefined;
  readonly label?: string | undefined;
}

export interface Path {
  readonly points: readonly PathPoint[];
  /** Titles of the axes. */
  readonly x: string;
  readonly y: string;
}

export function pathChart({ points, x, y }: Path): Chart {
  const along = (field: 'x' | 'y', title: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain: roomy(points.map((point) => point[field])), zero: false, nice: true },
    axis: { title, format: '%', tickCount: 5, grid: true },
  });
  const place = { x: along('x', x), y: along('y', y) };
  const order = { field: 'order', type: 'quantitative' as const };
  return {
    width: chartWidth,
    height: 230,
    autosize: { type: 'fit', contains: 'padding' },
    data: { values: points.map((point) => ({ ...point })) },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.seed)' }],
        mark: { type: 'line', strokeWidth: 1, opacity: 0.5, color: paint('muted') },
        encoding: { ...place, order, detail: { field: 'seed', type: 'nominal' } },
      },
      {
        transform: [{ filter: '!isValid(datum.seed)' }],
        mark: { type: 'line', strokeWidth: 2, color: paint('ink') },
        encoding: { ...place, order },
      },
      {
        transform: [{ filter: '!isValid(datum.seed)' }],
        mark: { type: 'point', filled: true, size: 40, color: paint('ink'), opacity: 1 },
        encoding: place,
      },
      {
        transform: [{ filter: 'isValid(datum.label)' }],
        mark: { type: 'text', dy: -12, fontSize: 12, color: paint('ink') },
        encoding: { ...place, text: { field: 'label', type: 'nominal' } },
      },
    ],
  };
}

/** The ends of values, with room for labels at the ends of the path. */
function roomy(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.005, 0.12 * (high - low));
  return [Math.max(0, low - room), Math.min(1, high + room)];
}

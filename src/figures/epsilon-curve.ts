/** Accuracy over the size of the attack, a line a network or a cell. At zero it is clean accuracy. */
import type { Figure } from './figure.ts';
import { html } from './html.ts';
import { seriesOf } from './series.ts';
import { lineChart } from './series-charts.ts';
import { type Accuracy, groupBy, meanAccuracy, plural } from './values.ts';

export interface CurvePoint {
  /** The line it belongs to. */
  readonly series: string;
  readonly seed: number;
  /** As written: 8/255. */
  readonly epsilon: string;
  readonly size: number;
  readonly attack: string;
  readonly accuracy: Accuracy;
}

export interface EpsilonCurve {
  readonly id: string;
  readonly title: string;
  readonly points: readonly CurvePoint[];
  readonly examples: number;
  /** Said in the caption: what the lines are. */
  readonly lines: string;
}

/** @returns undefined for fewer than two sizes. */
export function epsilonCurve({ id, title, points, examples, lines }: EpsilonCurve): Figure | undefined {
  const sizes = [...groupBy(points, ({ size }) => String(size)).values()]
    .map(([{ size, epsilon }]) => ({ size, epsilon: size === 0 ? '0' : epsilon }))
    .sort((a, b) => a.size - b.size);
  if (sizes.length < 2) return undefined;
  const inPixelSteps = sizes.every(({ epsilon }) => epsilon === '0' || epsilon.endsWith('/255'));
  const series = seriesOf([...new Set(points.map((point) => point.series))]);
  const groups = [...groupBy(points, (point) => `${point.series} ${point.size}`).values()];
  const means = groups.map((group) => {
    const { value, interval } = meanAccuracy(group.map(({ accuracy }) => accuracy));
    return { series: group[0].series, x: group[0].size, y: value, low: interval?.[0], high: interval?.[1] };
  });
  const single = groups.flatMap((group) =>
    group.length > 1
      ? group.map((point) => ({
          series: point.series,
          x: point.size,
          y: point.accuracy.value,
          seed: `${point.series} ${point.seed}`,
        }))
      : [],
  );
  return {
    id,
    title: `${title}: accuracy over epsilon`,
    caption: html`${title}: ${lines}, ${plural(examples, 'test image')}, intervals of 95%. At ε\u00a0=\u00a00 it is clean accuracy.`,
    key: series.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels: [
      {
        name: 'curve',
        title,
        description: `${title}: ${series.map(({ name }) => name).join(', ')}`,
        chart: lineChart({
          rows: [...means, ...single],
          series,
          x: {
            title: inPixelSteps ? 'ε, in 255ths' : 'ε',
            format: '.6~f',
            zero: true,
            values: sizes.map(({ size }) => size),
            labels: sizes.map(({ epsilon }) => (inPixelSteps ? epsilon.replace('/255', '') : epsilon)),
          },
          y: { title: 'accuracy', format: '%' },
          height: 280,
        }),
      },
    ],
    data: points.map(({ series: line, seed, epsilon, attack, accuracy }) => ({
      line,
      seed,
      epsilon,
      attack,
      accuracy: accuracy.value,
      low: accuracy.interval?.[0],
      high: accuracy.interval?.[1],
    })),
  };
}

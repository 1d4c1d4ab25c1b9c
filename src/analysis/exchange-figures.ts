/** Exchanges of AP in reports: for each direction a panel of robust and one of clean accuracy, by how much is exchanged. */
import {
  type Accuracy,
  attackName,
  type CsvRow,
  groupBy,
  type LineAxis,
  type LineRow,
  lineChart,
  meanAccuracy,
  type Panel,
  panelWidth,
  type Series,
  seriesOf,
} from '../figures/index.ts';

export interface ExchangePoint {
  readonly into: string;
  readonly series: string;
  /** How much is exchanged. */
  readonly x: number;
  readonly seed: string;
  readonly clean: Accuracy;
  readonly robust: Accuracy;
}

/** What a row of a document says of its accuracy, as points have it. */
export const pointAccuracy = (
  row: {
    readonly clean: number;
    readonly cleanInterval: readonly [number, number];
    readonly robust: Readonly<Record<string, number>>;
    readonly robustInterval: Readonly<Record<string, readonly [number, number]>>;
  },
  attack: string,
): Pick<ExchangePoint, 'clean' | 'robust'> => ({
  clean: { value: row.clean, interval: row.cleanInterval },
  robust: { value: row.robust[attack], interval: row.robustInterval[attack] },
});

const dashes: readonly (readonly number[])[] = [
  [1, 0],
  [6, 3],
  [2, 3],
];

/** Looks for lines: neither those of clean images nor of adversarial ones. */
export const exchangeSeries = <Name extends string>(
  names: readonly Name[],
): (Series & { readonly name: Name })[] =>
  seriesOf(names).map((series, at) => ({ ...series, name: names[at], dash: dashes[at % dashes.length] }));

const measures = ['robust', 'clean'] as const;

/** @param of What a panel's title begins with, by direction: 'AP adv into AP clean'. */
export function exchangePanels({
  label,
  attack,
  points,
  series,
  x,
  of,
}: {
  readonly label: string;
  readonly attack: string;
  readonly points: readonly ExchangePoint[];
  readonly series: readonly Series[];
  readonly x: LineAxis;
  readonly of: (into: string) => string;
}): Panel[] {
  const directions = [...groupBy(points, ({ into }) => into)];
  return directions.flatMap(([into, own]) =>
    measures.map((measure): Panel => {
      const what = measure === 'clean' ? 'clean accuracy' : `accuracy under ${attackName(attack)}`;
      return {
        name: `${into}-${measure}`,
        title: `${of(into)}: ${what}`,
        description: `${what} of ${label}, ${of(into)}`,
        chart: lineChart({
          rows: linesOf(own, measure),
          series,
          x,
          y: { title: '', format: '%' },
          width: panelWidth(measures.length * directions.length),
        }),
      };
    }),
  );
}

/** Means over seeds, with the interval over images where there is one seed; the single seeds thin where there are several. */
function linesOf(points: readonly ExchangePoint[], measure: (typeof measures)[number]): LineRow[] {
  return [...groupBy(points, ({ series, x }) => `${series} ${x}`).values()].flatMap((group) => {
    const [{ series, x }] = group;
    const { value, interval } = meanAccuracy(group.map((point) => point[measure]));
    const mean = { series, x, y: value, low: interval?.[0], high: interval?.[1] };
    const single = group.map((point) => ({
      series,
      x,
      y: point[measure].value,
      seed: `${series} ${point.seed}`,
    }));
    return group.length > 1 ? [mean, ...single] : [mean];
  });
}

/** The points as rows of data, each accuracy a row. */
export const exchangeData = (label: string, attack: string, points: readonly ExchangePoint[]): CsvRow[] =>
  points.flatMap(({ into, series, x, seed, ...measured }) =>
    (['clean', 'robust'] as const).map((measure) => ({
      ...{ label, into, seed, exchanged: series, position: x },
      measure: measure === 'clean' ? 'clean' : attack,
      accuracy: measured[measure].value,
      low: measured[measure].interval?.[0],
      high: measured[measure].interval?.[1],
    })),
  );

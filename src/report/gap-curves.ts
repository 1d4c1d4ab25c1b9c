/** The domain gap during the training of one run: between types of sample, and between what branches own. */
import {
  type Figure,
  groupBy,
  html,
  lineChart,
  pairSeries,
  panelWidth,
  type Series,
  seriesOf,
  slug,
} from '../figures/index.ts';
import type { ReportGap, ReportRun } from './report-data.ts';

type Between = ReportGap['between'];

interface Drawn {
  readonly title: string;
  readonly caption: string;
  /** Pairs that are not among them get a color of their own. */
  readonly series: readonly Series[];
}

const drawn: Readonly<Record<Between, Drawn>> = {
  samples: {
    title: 'the gap of batch statistics during training',
    caption:
      'the statistics of one batch as it is, attacked and with noise, through the branch that robustness is evaluated through; clean-clean, the distance of two batches of different clean images, is the yardstick',
    series: pairSeries,
  },
  branches: {
    title: 'the distance of branches during training',
    caption: 'gamma and beta of the AP of two branches, mu and sigma of their running NS',
    series: [],
  },
};

/** One figure for samples, one for branches; none where training recorded nothing. */
export const gapCurves = (run: ReportRun): Figure[] =>
  (['samples', 'branches'] as const).flatMap((between) => {
    const rows = run.gaps.filter((row) => row.between === between);
    return rows.length === 0 ? [] : [gapFigure(run.name, between, rows)];
  });

function gapFigure(run: string, between: Between, rows: readonly ReportGap[]): Figure {
  const { title, caption, series: known } = drawn[between];
  const pairs = [...new Set(rows.map(({ pair }) => pair))];
  const series = pairs.every((pair) => known.some(({ name }) => name === pair))
    ? known.filter(({ name }) => pairs.includes(name))
    : seriesOf(pairs);
  const quantities = [...groupBy(rows, ({ quantity }) => quantity)];
  const steps = rows.map(({ step }) => step);
  return {
    id: slug(`${run} gap ${between} training`),
    title: `${run}: ${title}`,
    caption: html`${run}: 1-Wasserstein distance, averaged over BN layers, by optimizer step: ${caption}.`,
    key: series.map(({ name, color, shape }) => ({ label: name, color, mark: shape })),
    panels: quantities.map(([quantity, of]) => ({
      name: quantity,
      title: quantity,
      description: `Distance of ${quantity} in the training of ${run} by step`,
      chart: lineChart({
        rows: of.map(({ pair, step, wasserstein }) => ({ series: pair, x: step, y: wasserstein })),
        series,
        x: { title: 'step', format: 'd', domain: [0, Math.max(...steps)] },
        y: { title: 'Wasserstein distance', format: '.6~f' },
        width: panelWidth(quantities.length),
      }),
    })),
    data: rows.map((row) => ({ run, ...row })),
  };
}

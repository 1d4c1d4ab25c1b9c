/**
 * What was measured while runs trained: epoch records as rows, the curves of one run, those of several runs over one another;
 * and the domain gap by step, between types of sample and between what branches own.
 */
import {
  type CurveRow,
  curveChart,
  type Figure,
  groupBy,
  html,
  lineChart,
  type Measure,
  type Panel,
  paint,
  paints,
  pairSeries,
  panelWidth,
  type Series,
  type Split,
  seriesOf,
  slug,
} from '../figures/index.ts';
import type { ReportEpoch, ReportGap, ReportRun } from './report-data.ts';

interface Source {
  readonly split: Split;
  readonly measure: Measure;
  readonly of: (epoch: ReportEpoch) => number | undefined;
}

/** What curves are made of. A further curve is a further row. */
const sources: readonly Source[] = [
  { split: 'training', measure: 'loss', of: ({ train }) => train.loss },
  { split: 'training', measure: 'clean accuracy', of: ({ train }) => train.passes.clean?.accuracy },
  { split: 'training', measure: 'adversarial accuracy', of: ({ train }) => train.passes.adv?.accuracy },
  { split: 'validation', measure: 'clean accuracy', of: ({ validation }) => validation?.clean },
  { split: 'validation', measure: 'adversarial accuracy', of: ({ validation }) => validation?.robust },
];

/** Rows in the order of epochs. Numbers that are missing or not finite leave a gap, not a zero. */
export function curveRows(runs: readonly ReportRun[]): CurveRow[] {
  return runs.flatMap(({ name, epochs }) =>
    sources.flatMap(({ split, measure, of }) =>
      epochs.flatMap((record) => {
        const value = of(record);
        if (value === undefined || !Number.isFinite(value)) return [];
        return [{ run: name, epoch: record.epoch, split, measure, value }];
      }),
    ),
  );
}

const accuracies: readonly Measure[] = ['clean accuracy', 'adversarial accuracy'];

/** @returns undefined where no epoch was logged. */
export function runCurves(run: ReportRun): Figure | undefined {
  const rows = curveRows([run]);
  if (rows.length === 0) return undefined;
  const loss = rows.filter(({ measure }) => measure === 'loss');
  const accuracy = rows.filter(({ measure }) => accuracies.includes(measure));
  const clean = paint('clean');
  const adv = paint('adv');
  return {
    id: `${slug(run.name)}-curves`,
    title: `Training of ${run.name}`,
    caption: html`Training of ${run.name}. Training values are means over an epoch, taken while the weights
      changed and through the passes of the regime; validation is measured after it, on images held out from training.`,
    key: [
      { label: 'clean images', color: clean, mark: 'bar' },
      { label: 'adversarial images', color: adv, mark: 'bar' },
      { label: 'validation', color: paint('ink'), mark: 'line' },
      { label: 'training', color: paint('ink'), mark: 'dashes' },
    ],
    panels: [
      {
        name: 'loss',
        title: 'Training loss',
        description: `Training loss of ${run.name} by epoch`,
        chart: curveChart({
          rows: loss,
          unit: 'loss',
          color: { by: 'measure', values: ['loss'], paints: [paint('ink')] },
        }),
      },
      {
        name: 'accuracy',
        title: 'Accuracy',
        description: `Accuracy of ${run.name} on clean and adversarial images by epoch`,
        chart: curveChart({
          rows: accuracy,
          unit: 'accuracy',
          color: { by: 'measure', values: accuracies, paints: [clean, adv] },
        }),
      },
    ],
    data: rows.map((row) => ({ ...row })),
  };
}

interface OverlayPanel {
  readonly name: string;
  readonly title: string;
  readonly measure: Measure;
  readonly unit: 'loss' | 'accuracy';
}

const overlayPanels: readonly OverlayPanel[] = [
  { name: 'loss', title: 'Training loss', measure: 'loss', unit: 'loss' },
  { name: 'clean', title: 'Accuracy on clean images', measure: 'clean accuracy', unit: 'accuracy' },
  { name: 'adversarial', title: 'Accuracy under attack', measure: 'adversarial accuracy', unit: 'accuracy' },
];

/** @returns undefined for a single run (its own curves say it), and for more runs than colors can tell apart. */
export function runOverlay(runs: readonly ReportRun[]): Figure | undefined {
  const colors = paints('run');
  const rows = curveRows(runs);
  const names = runs.map(({ name }) => name).filter((name) => rows.some(({ run }) => run === name));
  if (names.length < 2 || names.length > colors.length) return undefined;
  const color = { by: 'run', values: names, paints: colors.slice(0, names.length) } as const;
  const panel = ({ name, title, measure, unit }: OverlayPanel): Panel => ({
    name,
    title,
    description: `${title} of ${names.join(', ')} by epoch`,
    chart: curveChart({ rows: rows.filter((row) => row.measure === measure), unit, color }),
  });
  return {
    id: 'curves',
    title: 'Training of all runs',
    caption: html`Training of all runs. Losses of different regimes are means over different images, so that their
      heights cannot be compared; accuracies on validation images can.`,
    key: [
      ...names.map((label, at) => ({ label, color: colors[at], mark: 'bar' as const })),
      { label: 'validation', color: paint('ink'), mark: 'line' },
      { label: 'training', color: paint('ink'), mark: 'dashes' },
    ],
    panels: overlayPanels.filter(({ measure }) => rows.some((row) => row.measure === measure)).map(panel),
    data: rows.map((row) => ({ ...row })),
  };
}

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

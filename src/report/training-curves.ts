/** Training curves: epoch records as rows, the curves of one run, and those of several runs over one another. */
import {
  type CurveRow,
  curveChart,
  type Figure,
  html,
  type Measure,
  type Panel,
  paint,
  paints,
  type Split,
  slug,
} from '../figures/index.ts';
import type { ReportEpoch, ReportRun } from './report-data.ts';

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

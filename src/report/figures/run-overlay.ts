/** The training curves of several runs over one another, a panel for each measure. */
import { paint, paints } from '../drawing/palette.ts';
import { html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import { curveChart } from './curve-chart.ts';
import { curveRows, type Measure } from './curve-rows.ts';
import type { Figure, Panel } from './figure.ts';

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

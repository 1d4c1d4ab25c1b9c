/** The training curves of one run: its loss, and its accuracy on clean and on adversarial images. */
import { paint } from '../drawing/palette.ts';
import { slug } from '../format.ts';
import { html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import { curveChart } from './curve-chart.ts';
import { curveRows, type Measure } from './curve-rows.ts';
import type { Figure } from './figure.ts';

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
      moved and through the passes of the regime; validation is measured after it, on images held out from training.`,
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

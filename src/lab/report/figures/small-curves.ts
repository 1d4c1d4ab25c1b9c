/** Training curves of many runs: a small panel for each group of them, thin lines for its seeds. */
import { paint } from '../drawing/palette.ts';
import { slug } from '../format.ts';
import { html } from '../html.ts';
import type { ReportRun } from '../model.ts';
import { curveRows } from './curve-rows.ts';
import type { Figure } from './figure.ts';
import { type LineRow, lineChart } from './line-chart.ts';
import type { Series } from './series.ts';

export interface CurveGroup {
  readonly label: string;
  readonly runs: readonly ReportRun[];
}

/** Two beside one another on a phone. */
const panelWidth = 162;

const series: readonly Series[] = [
  { name: 'clean accuracy', color: paint('clean'), shape: 'circle' },
  { name: 'adversarial accuracy', color: paint('adv'), shape: 'square', dash: [5, 3] },
];

/** Accuracy on held-out images; on those of training where none were held out. @returns undefined without any epoch. */
export function smallCurves(groups: readonly CurveGroup[], id: string, title: string): Figure | undefined {
  const drawn = groups.flatMap(({ label, runs }) => {
    const all = curveRows(runs).filter(({ measure }) => measure !== 'loss');
    const held = all.filter(({ split }) => split === 'validation');
    const rows = held.length > 0 ? held : all;
    return rows.length > 0 ? [{ label, rows }] : [];
  });
  if (drawn.length === 0) return undefined;
  const top = Math.max(...drawn.flatMap(({ rows }) => rows.map(({ value }) => value)));
  const last = Math.max(...drawn.flatMap(({ rows }) => rows.map(({ epoch }) => epoch)));
  const panels = drawn.map(({ label, rows }) => ({
    name: slug(label),
    title: label,
    description: `${title}: clean and adversarial accuracy of ${label} by epoch`,
    chart: lineChart({
      rows: rows.map(
        ({ run, epoch, measure, value }): LineRow => ({ series: measure, x: epoch, y: value, seed: run }),
      ),
      series,
      x: { title: 'epoch', format: 'd', domain: [Math.min(1, last - 1), last] },
      y: { title: '', format: '.0%', domain: [0, Math.max(0.1, Math.ceil(top * 10) / 10)] },
      width: panelWidth,
      height: 150,
      points: false,
    }),
  }));
  return {
    id,
    title,
    caption: html`${title}: accuracy on images held out from training (on training images where none were held out), a thin line for
      each seed. Scales are the same in all panels.`,
    key: [
      { label: 'clean images', color: paint('clean'), mark: 'line' },
      { label: 'adversarial images', color: paint('adv'), mark: 'dashes' },
    ],
    panels,
    data: groups.flatMap(({ label, runs }) => curveRows(runs).map((row) => ({ group: label, ...row }))),
  };
}

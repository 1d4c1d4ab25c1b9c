/** Training curves of many runs: a small panel for each group of them, thin lines for its seeds. */
import {
  type CurveRow,
  type Figure,
  html,
  type LineRow,
  lineChart,
  paint,
  type Series,
  type Split,
  slug,
} from '../figures/index.ts';
import type { ReportRun } from './report-data.ts';
import { curveRows } from './training-curves.ts';

export interface CurveGroup {
  readonly label: string;
  readonly runs: readonly ReportRun[];
}

/** Two beside one another on a phone. */
const panelWidth = 162;

const measuredOn: Readonly<Record<Split, string>> = {
  validation: 'on images held out from training',
  training: 'in training, means over an epoch while the weights changed',
};

const series: readonly Series[] = [
  { name: 'clean accuracy', color: paint('clean'), shape: 'circle' },
  { name: 'adversarial accuracy', color: paint('adv'), shape: 'square', dash: [5, 3] },
];

/** Validated in two epochs at least: one alone is no line. */
const isCurve = (rows: readonly CurveRow[], split: Split): boolean =>
  new Set(rows.flatMap((row) => (row.split === split ? [row.epoch] : []))).size > 1;

/**
 * Accuracy on held-out images; in training where not all groups were validated often enough to make a line.
 *
 * @returns undefined without any epoch
 */
export function smallCurves(groups: readonly CurveGroup[], id: string, title: string): Figure | undefined {
  const accuracies = groups.map(({ label, runs }) => ({
    label,
    rows: curveRows(runs).filter(({ measure }) => measure !== 'loss'),
  }));
  const split = accuracies.some(({ rows }) => rows.length > 0 && !isCurve(rows, 'validation'))
    ? 'training'
    : 'validation';
  const drawn = accuracies.flatMap(({ label, rows }) => {
    const shown = rows.filter((row) => row.split === split);
    return shown.length > 0 ? [{ label, rows: shown }] : [];
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
    caption: html`${title}: accuracy ${measuredOn[split]}, a thin line for each seed. Scales are the same in all panels.`,
    key: [
      { label: 'clean images', color: paint('clean'), mark: 'line' },
      { label: 'adversarial images', color: paint('adv'), mark: 'dashes' },
    ],
    panels,
    data: groups.flatMap(({ label, runs }) => curveRows(runs).map((row) => ({ group: label, ...row }))),
  };
}

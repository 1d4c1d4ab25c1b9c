/** Epoch records as rows to draw: one measured number a row, said of which images and of which split. */
import type { ReportEpoch, ReportRun } from '../model.ts';

export type Split = 'training' | 'validation';
export type Measure = 'loss' | 'clean accuracy' | 'adversarial accuracy';

export interface CurveRow {
  readonly run: string;
  readonly epoch: number;
  readonly split: Split;
  readonly measure: Measure;
  readonly value: number;
}

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

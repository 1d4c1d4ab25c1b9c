import { expect, test } from 'vitest';
import { learningRateAt, type Schedule, scheduleOptions } from './schedules.ts';

const rates = (schedule: Schedule, epochs: number, ...positions: readonly number[]) =>
  positions.map((position) => learningRateAt(schedule, 0.2, epochs, position));

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

test('piecewise takes the factor of the last milestone that was reached', () => {
  const schedule = { kind: 'piecewise', milestones: [2, 4], factors: [0.1, 0.5] } as const;
  expect(rates(schedule, 6, 0, 1.99, 2, 3.99, 4, 6)).toEqual(close([0.2, 0.2, 0.02, 0.02, 0.1, 0.1]));
  expect(rates({ kind: 'piecewise', milestones: [], factors: [] }, 6, 0, 5)).toEqual(close([0.2, 0.2]));
});

test('cosine rises in a line over the warm-up, and falls by half a cosine to 0', () => {
  expect(rates({ kind: 'cosine', warmup: 0 }, 6, 0, 2, 3, 6)).toEqual(close([0.2, 0.15, 0.1, 0]));
  expect(rates({ kind: 'cosine', warmup: 2 }, 6, 0, 1, 2, 4, 6)).toEqual(close([0, 0.1, 0.2, 0.1, 0]));
});

test('cyclic is one triangle with its top at the peak', () => {
  expect(rates({ kind: 'cyclic', peak: 2 }, 6, 0, 1, 2, 3, 6)).toEqual(close([0, 0.1, 0.2, 0.15, 0]));
});

test('a schedule of the table is told by its kind, and another refused', () => {
  expect(scheduleOptions.parse({ kind: 'cosine' })).toEqual({ kind: 'cosine', warmup: 0 });
  expect(scheduleOptions.safeParse({ kind: 'linear' }).success).toBe(false);
  expect(scheduleOptions.safeParse({ kind: 'cosine', peak: 2 }).success).toBe(false);
});

import { expect, test } from 'vitest';
import type { FinishedStage, GridProgress } from '../evaluation/index.ts';
import { combinedProgress } from './combined-progress.ts';

const [clean, adv] = ['clean', 'adv'].map((name) => ({ statistics: name, affine: name }));
const progress = (done: number, more: Partial<GridProgress> = {}): GridProgress => ({
  ...{ done, total: 10, work: { done: 3 * done, total: 30 }, cell: clean, attack: 'pgd-10' },
  ...more,
});
const finished = (left: number, more: Partial<FinishedStage> = {}): FinishedStage => ({
  ...{ cell: clean, attack: 'aa', stage: 'apgd-ce', place: 1, places: 2, attacked: 4, left, count: 5 },
  ...more,
});

test('amounts are added, and what is under way is said of the one that is least far', () => {
  const told: GridProgress[] = [];
  const combined = combinedProgress(2, { onProgress: (each) => told.push(each) });
  combined.onProgress(1, progress(2));
  combined.onProgress(0, progress(6, { cell: adv, attack: 'square-5' }));
  combined.onProgress(1, progress(8));
  expect(told).toEqual([
    progress(2),
    { ...progress(8), total: 20, work: { done: 24, total: 60 } },
    { ...progress(14), total: 20, work: { done: 42, total: 60 }, cell: adv, attack: 'square-5' },
  ]);
});

test('a stage is finished when all have finished it, whoever is ahead', () => {
  const told: FinishedStage[] = [];
  const combined = combinedProgress(2, { onStage: (each) => told.push(each) });
  combined.onStage(0, finished(1));
  combined.onStage(0, finished(0, { stage: 'apgd-t', place: 2 }));
  combined.onStage(0, finished(3, { cell: adv }));
  expect(told).toEqual([]);
  combined.onStage(1, finished(2, { attacked: 5 }));
  expect(told).toEqual([finished(3, { attacked: 9, count: 10 })]);
  combined.onStage(1, finished(2, { stage: 'apgd-t', place: 2 }));
  expect(told.at(-1)).toEqual(finished(2, { stage: 'apgd-t', place: 2, attacked: 8, count: 10 }));
});

import { expect, test } from 'vitest';
import type { GridProgress } from '../evaluation/index.ts';
import { evaluationProgress } from './evaluation-progress.ts';

/** A log, and a clock in seconds. */
function setting() {
  const written: string[] = [];
  const clock = { seconds: 0 };
  const output = { write: (text: string) => written.push(text), isTTY: false };
  const progress = evaluationProgress(output, { label: 'evaluating run', now: () => 1000 * clock.seconds });
  return { written, clock, ...progress };
}

const cell = { statistics: 'adv', affine: 'adv' };
const at = (done: number, more: Partial<GridProgress> = {}): GridProgress => ({
  ...{ done, total: 300, work: { done: 10 * done, total: 3000 }, cell },
  ...more,
});
const suite = { cell, attack: 'aa', stage: 'apgd-ce', place: 1, places: 4 };

test('a stage that is finished is a line, with its rate and the time that is left', () => {
  const { written, clock, onProgress, onStage } = setting();
  onProgress(at(0));
  clock.seconds = 5;
  onProgress(at(100));
  onProgress(at(100, { attack: 'aa', stage: 'apgd-ce' }));
  clock.seconds = 15;
  onProgress(at(150, { attack: 'aa', stage: 'apgd-ce' }));
  onStage({ ...suite, attacked: 50, left: 27, count: 100 });
  expect(written).toEqual([
    'NS adv, AP adv: 27.0 % [19.3, 36.4] after apgd-ce (aa, stage 1 of 4); 50 images, 5 images/s; at most 0:15 left\n',
  ]);
});

test('what was known before costs no time, and makes none', () => {
  const { written, clock, onProgress, onStage } = setting();
  onProgress(at(0));
  clock.seconds = 10;
  onProgress(at(50));
  // A hundred are known of the next stage.
  onProgress(at(150, { attack: 'pgd-20' }));
  onStage({ ...suite, attack: 'pgd-20', stage: 'pgd-20', places: 1, attacked: 0, left: 40, count: 100 });
  // 150 are left, at 5 a second.
  expect(written).toEqual(['NS adv, AP adv: 40.0 % [30.9, 49.8] after pgd-20; at most 0:30 left\n']);
});

test('at the end nothing is left, and the last state is shown with what was under way', () => {
  const { written, clock, onProgress, onStage, finish } = setting();
  onProgress(at(299, { attack: 'aa', stage: 'square' }));
  clock.seconds = 4;
  onProgress(at(300, { attack: 'aa', stage: 'square' }));
  onStage({ ...suite, stage: 'square', place: 4, attacked: 1, left: 0, count: 100 });
  finish();
  expect(written).toEqual([
    'NS adv, AP adv: 0.0 % [0.0, 3.7] after square (aa, stage 4 of 4); 1 image, 0.25 images/s\n',
    'evaluating run  300/300  100 %  0.25 images/s  0:00 left  NS adv, AP adv  aa: square\n',
  ]);
});

/**
 * How far an evaluation is, on standard error: the line that every long job has, and above it one for each stage of each cell as it is
 * finished, also where there is no terminal.
 *
 *   NS adv, AP adv: 27.0 % [23.3, 31.1] after apgd-ce (aa, stage 1 of 4); 271 images, 11 images/s; at most 12:30 left
 */
import type { FinishedStage, GridProgress } from '../evaluation/index.ts';
import { cellLabel } from '../nn/index.ts';
import { wilsonInterval } from '../statistics/index.ts';
import { formatDuration, type Output } from './io.ts';
import { createProgress } from './progress.ts';

export interface EvaluationProgress {
  readonly onProgress: (progress: GridProgress) => void;
  readonly onStage: (finished: FinishedStage) => void;
  /** To be called at the end, also after a failure. */
  readonly finish: () => void;
}

export interface EvaluationProgressOptions {
  readonly label: string;
  /** Milliseconds; a test brings its own clock. */
  readonly now?: () => number;
}

export function evaluationProgress(
  output: Output,
  { label, now = Date.now }: EvaluationProgressOptions,
): EvaluationProgress {
  const bar = createProgress(output, { label, unit: 'images', now });
  const began = now();
  let latest: { readonly phase: string; readonly began: number; readonly progress: GridProgress } | undefined;
  // Work of this process: what was known before took no time.
  let worked = 0;

  const left = (): string => {
    const { done, total } = latest?.progress.work ?? { done: 0, total: 0 };
    const pace = worked / (now() - began);
    return pace > 0 && total > done ? `at most ${formatDuration((total - done) / pace / 1000)} left` : '';
  };
  return {
    onProgress(progress) {
      const { done, total, work, cell, attack, stage } = progress;
      const phase = [cellLabel(cell), ...(attack === undefined ? [] : [namesOf(attack, stage)])].join('  ');
      const isSame = latest?.phase === phase;
      if (latest && isSame) worked += work.done - latest.progress.work.done;
      latest = { phase, progress, began: latest && isSame ? latest.began : now() };
      bar.update({ done, total, work, phase });
    },
    onStage({ cell, attack, stage, place, places, attacked, left: standing, count }) {
      const seconds = (now() - (latest?.began ?? began)) / 1000;
      const rate = seconds > 0 ? `, ${Number((attacked / seconds).toPrecision(2))} images/s` : '';
      const [low, high] = wilsonInterval(standing, count).map(percent);
      const suite = stage === attack ? '' : ` (${attack}, stage ${place} of ${places})`;
      bar.note(
        [
          `${cellLabel(cell)}: ${percent(standing / count)} % [${low}, ${high}] after ${stage}${suite}`,
          attacked > 0 ? `${attacked} image${attacked === 1 ? '' : 's'}${rate}` : '',
          left(),
        ]
          .filter((part) => part !== '')
          .join('; '),
      );
    },
    finish: bar.finish,
  };
}

const percent = (share: number) => (100 * share).toFixed(1);
const namesOf = (attack: string, stage = '') => (stage === '' ? attack : `${attack}: ${stage}`);

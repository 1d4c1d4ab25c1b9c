/**
 * How far a long job is: on a terminal one line that is rewritten, elsewhere a line now and then. Always on standard
 * error.
 *
 *   training    237/632  37 %  4.1 steps/s  1:36 left  loss 1.83
 */

import type { Progress } from '../progress.ts';
import type { Output } from './io.ts';
import { formatDuration } from './io.ts';

export interface ProgressOptions {
  readonly label: string;
  /** What is counted: `steps`, `images`; empty where `format` says it. */
  readonly unit: string;
  /** Milliseconds; a test brings its own clock. */
  readonly now?: () => number;
  /** How a number of things is shown. */
  readonly format?: (value: number) => string;
}

export interface ProgressBar {
  /** The phase ends the line. Cheap: a job may call it for every image. */
  update(progress: Progress): void;
  /** Prints a line of its own above the progress. */
  note(text: string): void;
  /** Leaves the last state on the screen. To be called at the end, also after a failure; calling it again does nothing. */
  finish(): void;
}

const TERMINAL_INTERVAL = 100;
const LOG_INTERVAL = 30_000;
// The rate of the last while, not of the whole job: machines slow down and speed up.
const RATE_WINDOW = 20_000;
// The window begins at one of these samples. Keeping every update would make each one as dear as there are in the window.
const SAMPLE_INTERVAL = RATE_WINDOW / 100;
const CLEAR = '\r\x1b[K';

interface Sample {
  readonly time: number;
  readonly done: number;
  /** As effort. */
  readonly worked: number;
}

export function createProgress(output: Output, options: ProgressOptions): ProgressBar {
  const { label, unit, now = Date.now, format = String } = options;
  const isTerminal = output.isTTY === true;
  const interval = isTerminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
  const samples: Sample[] = [];
  let latest: { readonly time: number; readonly progress: Progress } | undefined;
  let written = isTerminal ? Number.NEGATIVE_INFINITY : now();
  let shown = '';
  let finished = false;

  function line(): string {
    if (!latest) return '';
    const { time, progress } = latest;
    const { done, total, work = { done, total }, phase = '' } = progress;
    const [rate, pace] = ratesBetween(samples[0], { time, done, worked: work.done });
    const left = pace > 0 && total > 0 ? `${formatDuration((work.total - work.done) / pace)} left` : '';
    const share = total > 0 ? `${Math.floor((100 * work.done) / work.total)} %` : '';
    const speed = rate > 0 ? `${`${format(Number(rate.toPrecision(2)))} ${unit}`.trimEnd()}/s` : '';
    const amount = total > 0 ? `${format(done)}/${format(total)}` : format(done);
    return [label, amount, share, speed, left, phase].filter((part) => part !== '').join('  ');
  }

  function show(time: number): void {
    const text = line();
    written = time;
    if (text === shown) return;
    // One column stays free: a full line would wrap, and could not be rewritten.
    output.write(isTerminal ? CLEAR + text.slice(0, (output.columns ?? 80) - 1) : `${text}\n`);
    shown = text;
  }

  return {
    update(progress) {
      const time = now();
      latest = { time, progress };
      while (samples.length > 1 && time - samples[0].time > RATE_WINDOW) samples.shift();
      if (samples.length === 0 || time - samples[samples.length - 1].time >= SAMPLE_INTERVAL)
        samples.push({ time, done: progress.done, worked: (progress.work ?? progress).done });
      if (time - written >= interval) show(time);
    },
    note(text) {
      output.write(
        isTerminal ? `${CLEAR}${text}\n${shown.slice(0, (output.columns ?? 80) - 1)}` : `${text}\n`,
      );
    },
    finish() {
      if (finished) return;
      finished = true;
      show(now());
      if (isTerminal && shown !== '') output.write('\n');
    },
  };
}

/** Things and effort a second. */
function ratesBetween(first: Sample, last: Sample): readonly [number, number] {
  const seconds = (last.time - first.time) / 1000;
  return seconds > 0 ? [(last.done - first.done) / seconds, (last.worked - first.worked) / seconds] : [0, 0];
}

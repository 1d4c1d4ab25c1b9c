/**
 * How far a long job is: on a terminal one line that is rewritten, elsewhere a line now and then. Always on standard
 * error.
 *
 *   training    237/632  37 %  4.1 steps/s  1:36 left  loss 1.83
 */

import type { Output } from './io.ts';
import { formatDuration } from './units.ts';

export interface ProgressOptions {
  readonly label: string;
  /** What is counted: `steps`, `images`; empty where `format` says it. */
  readonly unit: string;
  /** Milliseconds; a test brings its own clock. */
  readonly now?: () => number;
  /** How a number of things is shown. */
  readonly format?: (value: number) => string;
}

export interface Progress {
  /** `done` of `total` things; `detail` ends the line. */
  update(done: number, total: number, detail?: string): void;
  /** Prints a line of its own above the progress. */
  note(text: string): void;
  /** Leaves the last state standing. To be called at the end, also after a failure; calling it again does nothing. */
  finish(): void;
}

const TERMINAL_INTERVAL = 100;
const LOG_INTERVAL = 30_000;
// The rate of the last while, not of the whole job: machines slow down and speed up.
const RATE_WINDOW = 20_000;
const CLEAR = '\r\x1b[K';

export function createProgress(output: Output, options: ProgressOptions): Progress {
  const { label, unit, now = Date.now, format = String } = options;
  const isTerminal = output.isTTY === true;
  const interval = isTerminal ? TERMINAL_INTERVAL : LOG_INTERVAL;
  let samples: { time: number; done: number }[] = [];
  let written = isTerminal ? Number.NEGATIVE_INFINITY : now();
  let line = '';
  let shown = '';
  let finished = false;

  function show(time: number): void {
    if (line === shown) return;
    // One column stays free: a full line would wrap, and could not be rewritten.
    output.write(isTerminal ? CLEAR + line.slice(0, (output.columns ?? 80) - 1) : `${line}\n`);
    shown = line;
    written = time;
  }

  return {
    update(done, total, detail = '') {
      const time = now();
      samples.push({ time, done });
      samples = samples.filter((sample, i) => i === samples.length - 1 || time - sample.time <= RATE_WINDOW);
      const rate = rateOf(samples);
      const left = rate > 0 && total > 0 ? `${formatDuration((total - done) / rate)} left` : '';
      const share = total > 0 ? `${Math.floor((100 * done) / total)} %` : '';
      const speed = rate > 0 ? `${`${format(Number(rate.toPrecision(2)))} ${unit}`.trimEnd()}/s` : '';
      const amount = total > 0 ? `${format(done)}/${format(total)}` : format(done);
      line = [label, amount, share, speed, left, detail].filter((part) => part !== '').join('  ');
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

function rateOf(samples: readonly { time: number; done: number }[]): number {
  const [first] = samples;
  const last = samples[samples.length - 1];
  return last.time > first.time ? (1000 * (last.done - first.done)) / (last.time - first.time) : 0;
}

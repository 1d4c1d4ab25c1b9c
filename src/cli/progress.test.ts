import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from './io.ts';
import { createProgress } from './progress.ts';

/** An output that keeps what is written, and a clock in seconds. */
function setting(terminal?: { columns: number }) {
  const written: string[] = [];
  const clock = { seconds: 0 };
  const output = { write: (text: string) => written.push(text), isTTY: terminal !== undefined, ...terminal };
  const progress = createProgress(output, {
    label: 'training',
    unit: 'steps',
    now: () => 1000 * clock.seconds,
  });
  return { written, clock, progress };
}

describe('progress on a terminal', () => {
  it('rewrites one line with share, rate and remaining time', () => {
    const { written, clock, progress } = setting({ columns: 80 });
    progress.update({ done: 0, total: 632 });
    clock.seconds = 10;
    progress.update({ done: 41, total: 632, phase: 'loss 1.83' });
    progress.finish();
    progress.finish();
    expect(written).toEqual([
      '\r\x1b[Ktraining  0/632  0 %',
      '\r\x1b[Ktraining  41/632  6 %  4.1 steps/s  2:24 left  loss 1.83',
      '\n',
    ]);
  });

  it('writes at most ten times a second, and the last state at the end', () => {
    const { written, clock, progress } = setting({ columns: 80 });
    for (let step = 0; step <= 100; step++) {
      clock.seconds = step / 100;
      progress.update({ done: step, total: 100 });
    }
    progress.finish();
    expect(written.length).toBeLessThanOrEqual(13);
    expect(written.at(-2)).toContain('100/100  100 %');
  });

  it('never fills the line, which could not be rewritten then', () => {
    const { written, progress } = setting({ columns: 20 });
    progress.update({ done: 1, total: 100000, phase: 'a detail that is long' });
    expect(written).toEqual(['\r\x1b[Ktraining  1/100000 ']);
  });

  it('puts a note above itself', () => {
    const { written, progress } = setting({ columns: 80 });
    progress.update({ done: 1, total: 2 });
    progress.note('epoch 1: robust 24.8 %');
    expect(written.at(-1)).toBe('\r\x1b[Kepoch 1: robust 24.8 %\ntraining  1/2  50 %');
  });

  it('tells share and remaining time by effort, where things take unequal time', () => {
    const { written, clock, progress } = setting({ columns: 80 });
    progress.update({ done: 0, total: 20, work: { done: 0, total: 1000 } });
    clock.seconds = 10;
    progress.update({ done: 10, total: 20, work: { done: 100, total: 1000 } });
    expect(written.at(-1)).toBe('\r\x1b[Ktraining  10/20  10 %  1 steps/s  1:30 left');
  });

  it('follows the rate of the last while', () => {
    const { written, clock, progress } = setting({ columns: 80 });
    for (const [seconds, done] of [
      [0, 0],
      [10, 1000],
      [40, 1010],
      [50, 1020],
    ]) {
      clock.seconds = seconds;
      progress.update({ done, total: 2000 });
    }
    expect(written.at(-1)).toContain('1 steps/s');
  });
});

it('costs the same for every update, however many there are', () => {
  const { written, clock, progress } = setting({ columns: 80 });
  const total = 1_000_000;
  for (let done = 0; done <= total; done++) {
    clock.seconds = (19 * done) / total;
    progress.update({ done, total });
  }
  progress.finish();
  expect(written.join('')).toContain('1000000/1000000  100 %  53000 steps/s');
}, 30_000);

it('tells the rate of a job whose steps take longer than it looks back', () => {
  const { written, clock, progress } = setting({ columns: 80 });
  for (const done of [0, 1, 2]) {
    clock.seconds = 50 * done;
    progress.update({ done, total: 10 });
  }
  expect(written.at(-1)).toContain('2/10  20 %  0.02 steps/s  6:40 left');
});

describe('progress in a log', () => {
  it('writes a line every half minute and at the end', () => {
    const { written, clock, progress } = setting();
    for (clock.seconds = 1; clock.seconds <= 70; clock.seconds++)
      progress.update({ done: clock.seconds, total: 70 });
    progress.finish();
    expect(written).toHaveLength(3);
    expect(written[0]).toBe('training  30/70  42 %  1 steps/s  0:40 left\n');
    expect(written[2]).toContain('70/70  100 %');
  });

  it('writes nothing for a job without steps', () => {
    const { written, progress } = setting();
    progress.finish();
    expect(written).toEqual([]);
  });
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9960, '10 kB'],
  [170_498_071, '170 MB'],
  [999_600, '1.0 MB'],
  [2.5e15, '2500 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0.4, '0:00'],
  [7, '0:07'],
  [750, '12:30'],
  [3723, '1:02:03'],
  [-5, '0:00'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

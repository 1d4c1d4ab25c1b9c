import { expect, test } from 'vitest';
import {
  type Gain,
  gainsOver,
  halfOf,
  isEffect,
  ofEffects,
  shareOfGain,
  writtenShare,
} from './exchange-effects.ts';

/** 20 images of which the first `right` are right. */
const flags = (right: number) => '1'.repeat(right) + '0'.repeat(20 - right);
const row = (clean: number, robust: number) => ({
  outcomes: { clean: flags(clean), robust: { 'pgd-1': flags(robust) } },
});
const gains = gainsOver([row(15, 0), row(15, 4), row(14, 12), row(13, 16)], 'pgd-1', 3);
const [none, few, more, all] = gains.map(({ robust }) => robust);

test('a gain is over nothing exchanged, with a paired interval', () => {
  expect(gains.map(({ robust }) => robust.value)).toEqual([0, 0.2, 0.6, 0.8]);
  expect(gains.map(({ clean }) => clean.value)).toEqual([0, 0, -0.05, -0.1]);
  // Where no image changes sides, the interval is not nothing.
  expect(none.interval[1]).toBeGreaterThan(0.05);
  expect(none.interval[0]).toBe(-none.interval[1]);
});

test('there is an effect where its interval does not contain 0', () => {
  expect(gains.map(({ robust }) => isEffect(robust))).toEqual([false, false, true, true]);
  const { clean, robust } = gains[3];
  expect(ofEffects({ clean, robust }, (measure) => measure)).toEqual({ robust: 'robust' });
});

test('a share is of the gain of everything; its interval holds it', () => {
  const { value, interval } = writtenShare(shareOfGain(more, all));
  expect(value).toBe(0.75);
  expect(interval[0]).toBeLessThan(0.75);
  expect(interval[1]).toBeGreaterThan(0.75);
  expect(interval[1]).toBeLessThanOrEqual(1);
  expect(writtenShare(shareOfGain(all, all))).toEqual({ value: 1, interval: [1, 1] });
});

test('half of it is at the smallest size that has half, of losses as of gains', () => {
  const sized = (parts: readonly Gain[]) => parts.map((gain, at) => ({ size: at + 1, gain }));
  const full = { size: 9, gain: all };
  expect(halfOf(sized([few, more]), full).value).toBe(2);
  expect(halfOf(sized([few, few]), full).value).toBe(9);
  expect(halfOf(sized([few, more]).reverse(), full).value).toBe(2);
  const lost = ({ value, draws, interval: [low, high] }: Gain): Gain => ({
    ...{ value: -value, draws: draws.map((each) => -each), interval: [-high, -low] },
  });
  expect(halfOf(sized([lost(few), lost(more)]), { size: 9, gain: lost(all) }).value).toBe(2);
});

import { expect, test } from 'vitest';
import { accuracyText, attackName, fact, moment, percent, percentInterval, plural, slug } from './values.ts';

test('accuracies are shown in per cent with one decimal', () => {
  expect(percent(0.52361)).toBe('52.4');
  expect(percent(0)).toBe('0.0');
  expect(percent(1)).toBe('100.0');
  expect(percentInterval([0.4912, 0.554])).toBe('49.1–55.4');
});

test('an accuracy that is not a number is a dash', () => {
  expect(percent(Number.NaN)).toBe('–');
});

test('the interval follows the value where it is known', () => {
  expect(accuracyText({ value: 0.5, interval: [0.4, 0.6] })).toBe('50.0 (40.0–60.0)');
  expect(accuracyText({ value: 0.5 })).toBe('50.0');
});

test('facts keep their text and group the digits of numbers', () => {
  expect(fact(10000)).toBe('10,000');
  expect(fact(0.0005)).toBe('0.0005');
  expect(fact('8/255')).toBe('8/255');
  expect(plural(1, 'run')).toBe('1 run');
  expect(plural(1000, 'image')).toBe('1,000 images');
});

test('names become what an anchor or a file may be called', () => {
  expect(attackName('pgd-10')).toBe('PGD-10');
  expect(slug('dual-bn, seed 0 (ε=8/255)')).toBe('dual-bn-seed-0-8-255');
});

test('moments are shown to the minute, dates as they are', () => {
  expect(moment('2026-01-31T09:30:12.123Z')).toBe('2026-01-31 09:30 UTC');
  expect(moment('2026-01-31')).toBe('2026-01-31');
});

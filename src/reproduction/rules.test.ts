import { expect, it } from 'vitest';
import {
  above,
  alike,
  decide,
  notBelow,
  type Rule,
  ruleText,
  sameOrder,
  together,
  type Verdict,
} from './rules.ts';

const estimate = (low: number, high: number, seeds = 3) => ({
  value: (low + high) / 2,
  interval: [low, high] as const,
  p: 0.5,
  seeds,
  examples: 100,
});

const cases: readonly [string, Rule, readonly [number, number], Verdict][] = [
  ['inside the margin', alike(0.04), [-0.03, 0.02], 'holds'],
  ['over an end of the margin', alike(0.04), [0.01, 0.05], 'not shown at this scale'],
  ['wider than the margin', alike(0.04), [-0.05, 0.05], 'not shown at this scale'],
  ['beyond the margin', alike(0.04), [0.05, 0.09], 'does not hold'],
  ['below the margin', alike(0.04), [-0.09, -0.05], 'does not hold'],
  ['above nothing', above(0), [0.001, 0.2], 'holds'],
  ['about nothing', above(0), [-0.001, 0.2], 'not shown at this scale'],
  ['below nothing', above(0), [-0.2, -0.001], 'does not hold'],
  ['a little lower is not below', notBelow(0.04), [-0.039, 0.2], 'holds'],
  ['much lower is below', notBelow(0.04), [-0.2, -0.041], 'does not hold'],
  ['half as much is of the same order', sameOrder, [0.4, 0.6], 'holds'],
  ['ten times as much is not', sameOrder, [8, 12], 'does not hold'],
];

it.each(cases)('%s', (_, rule, [low, high], verdict) => {
  expect(decide(rule, estimate(low, high))).toBe(verdict);
});

it('decides nothing with one seed, or with nothing', () => {
  expect(decide(above(0), estimate(1, 2, 1))).toBe('not shown at this scale');
  expect(decide(above(0), undefined)).toBe('not shown at this scale');
});

it('lets a claim hold where every statement does, and fail where one fails', () => {
  expect(together(['holds', 'holds'])).toBe('holds');
  expect(together(['holds', 'not shown at this scale'])).toBe('not shown at this scale');
  expect(together(['holds', 'not shown at this scale', 'does not hold'])).toBe('does not hold');
  expect(together([])).toBe('not shown at this scale');
});

it.each([
  [alike(0.04), 'accuracy', 'within ±4.0 points'],
  [above(0), 'accuracy', 'above 0.0 points'],
  [notBelow(0.04), 'accuracy', 'above −4.0 points'],
  [sameOrder, 'ratio', 'between 0.316 and 3.16'],
  [{ from: 0, to: 0.1 }, 'ratio', 'below 0.1'],
] as const)('says in words what a rule allows: %o', (rule, unit, text) => {
  expect(ruleText(rule, unit)).toBe(text);
});

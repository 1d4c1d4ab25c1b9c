import { describe, expect, it } from 'vitest';
import {
  alike,
  contrast,
  lessThanHalf,
  moreThanHalf,
  notBelow,
  ofAnalysis,
  positive,
  type Statement,
  sameOrder,
  share,
  small,
} from '../hypotheses/statements.ts';
import { decideTogether, shownOf, tested, testedRange, together, type Verdict } from './decide.ts';
import type { Estimated } from './layout.ts';

/** Of a mean whose one-sided bounds at the level lie `half` from it: seven seeds, t at 0.95 with 6 degrees of freedom. */
const estimated = (value: number, half: number, seeds = 7): Estimated => ({
  estimate: { value, parts: [{ variance: (half / 1.94318) ** 2, freedom: 6 }], seeds, examples: 100 },
  sides: [],
  runs: ['one'],
});

const accuracy = (ranged: Parameters<typeof contrast>[2]) => contrast('it is so', [], ranged);
const ratio = (ranged: typeof small, scale: 'linear' | 'logarithmic') =>
  ofAnalysis('it is so', { variant: 'standard', analysis: 'gap', value: [] }, ranged, scale);

const cases: readonly [string, Statement, value: number, half: number, Verdict][] = [
  ['inside the margin', accuracy(alike('clean')), 0.005, 0.014, 'holds'],
  ['over an end of the margin', accuracy(alike('clean')), 0.01, 0.012, 'not shown'],
  ['wider than the margin', accuracy(alike('clean')), 0, 0.03, 'not shown'],
  ['beyond the margin', accuracy(alike('clean')), 0.05, 0.01, 'does not hold'],
  ['below the margin', accuracy(alike('robust')), -0.05, 0.01, 'does not hold'],
  ['above nothing', accuracy(positive), 0.1, 0.09, 'holds'],
  ['about nothing', accuracy(positive), 0.1, 0.11, 'not shown'],
  ['below nothing', accuracy(positive), -0.1, 0.09, 'does not hold'],
  ['a little lower is not below', accuracy(notBelow('robust')), -0.002, 0.007, 'holds'],
  ['much lower is below', accuracy(notBelow('robust')), -0.03, 0.01, 'does not hold'],
  ['two thirds of the same order', ratio(sameOrder, 'logarithmic'), Math.log(0.66), 0.3, 'holds'],
  ['ten times as much', ratio(sameOrder, 'logarithmic'), Math.log(10), 0.3, 'does not hold'],
  ['a twentieth of sigma', ratio(small, 'linear'), 0.05, 0.02, 'holds'],
  ['a fifth of sigma', ratio(small, 'linear'), 0.2, 0.02, 'does not hold'],
];

describe('one statement', () => {
  it.each(cases)('%s', (_, statement, value, half, verdict) => {
    expect(decideTogether([tested(statement, estimated(value, half))])[0].verdict).toBe(verdict);
  });

  it('is decided on what a share leaves of the part, whatever the share', () => {
    const more = share('more than half', [], [], moreThanHalf);
    const less = share('less than half', [], [], lessThanHalf);
    expect(testedRange(more)).toEqual({ from: 0, to: Number.POSITIVE_INFINITY });
    expect(testedRange(less)).toEqual({ from: Number.NEGATIVE_INFINITY, to: 0 });
    expect(decideTogether([tested(more, estimated(0.02, 0.01))])[0].verdict).toBe('holds');
    expect(decideTogether([tested(less, estimated(0.02, 0.01))])[0].verdict).toBe('does not hold');
  });

  it('shows of logarithms the ratio, and of one seed no interval', () => {
    const statement = ratio(sameOrder, 'logarithmic');
    const shown = shownOf(statement, estimated(Math.log(2), 0.1));
    expect(shown?.value).toBeCloseTo(2, 12);
    // t(0.975, 6) / t(0.95, 6) = 2.44691 / 1.94318
    expect(shown?.interval?.[1]).toBeCloseTo(2 * Math.exp((0.1 * 2.44691) / 1.94318), 4);
    expect(shownOf(statement, estimated(0, 0.1, 1))?.interval).toBeUndefined();
  });

  it('says nothing by one seed, by none, and where it cannot be decided', () => {
    const of = (found: Estimated) => decideTogether([tested(accuracy(positive), found)])[0];
    expect(of(estimated(1, 0.1, 1))).toMatchObject({
      verdict: 'not shown',
      reason: expect.stringContaining('one seed'),
    });
    expect(of({ sides: [], runs: [] })).toEqual({ verdict: 'not run' });
    expect(of({ ...estimated(1, 0.1), undecidable: 'an alarm' })).toEqual({
      verdict: 'not decidable',
      reason: 'an alarm',
    });
  });
});

describe('several statements', () => {
  it('hold each at its own level, and are refuted with a correction for their number', () => {
    // One-sided p of 0.02 against it: enough alone, not among three (Holm: 0.06).
    const doubtful = tested(accuracy(positive), estimated(-0.13, 0.1));
    expect(doubtful.p?.refuted).toBeGreaterThan(0.05 / 3);
    expect(doubtful.p?.refuted).toBeLessThan(0.05);
    const fine = tested(accuracy(positive), estimated(0.11, 0.1));
    expect(decideTogether([doubtful]).map(({ verdict }) => verdict)).toEqual(['does not hold']);
    expect(decideTogether([doubtful, fine, fine]).map(({ verdict }) => verdict)).toEqual([
      'not shown',
      'holds',
      'holds',
    ]);
  });

  it.each([
    [['holds', 'holds'], 'holds'],
    [['holds', 'not shown'], 'not shown'],
    [['holds', 'not shown', 'does not hold'], 'does not hold'],
    [['holds', 'not decidable'], 'not decidable'],
    [['not decidable', 'not shown'], 'not shown'],
    [['holds', 'not run'], 'not shown'],
    [['not run', 'not run'], 'not run'],
    [[], 'not run'],
  ] as const)('%j together: %s', (verdicts, expected) => {
    expect(together(verdicts)).toBe(expected);
  });
});

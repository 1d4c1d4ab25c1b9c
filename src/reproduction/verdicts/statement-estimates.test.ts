/** Estimates of every kind of statement on results made up so that the truth is known. */
import { describe, expect, it } from 'vitest';
import { claims } from '../hypotheses/paper-claims.ts';
import {
  contrast,
  less,
  moreThanHalf,
  own,
  positive,
  share,
  statementsOf,
} from '../hypotheses/statements.ts';
import { frontVariants } from '../hypotheses/variants.ts';
import { inventedResults, paperTruth, type Truth } from '../testing/invented-results.ts';
import { estimateOf } from './statement-estimates.ts';

const request = { epsilons: ['8/255'], claims: ['claim 2', 'claim 5', 'claim 6'], seeds: [0, 1, 2] };

function settingOf(truth: Truth = paperTruth) {
  const { results } = inventedResults(truth, request);
  return {
    epsilon: '8/255',
    seeds: [0, 1, 2],
    find: (variant: string, seed: number) =>
      results.find(({ run }) => run.variant === variant && run.seed === seed),
  };
}
const setting = settingOf();

describe('a contrast', () => {
  it('is a difference of two networks of the same seed on the same images', () => {
    const statement = contrast('more', less(own('dual-bn', 'clean'), own('hybrid', 'clean')), positive);
    const { estimate, sides, runs, undecidable } = estimateOf(statement, setting);
    expect(estimate?.value).toBeCloseTo(0.1, 1);
    expect([estimate?.seeds, estimate?.examples, undecidable]).toEqual([3, 2000, undefined]);
    expect(sides.map(({ weight }) => weight)).toEqual([1, -1]);
    expect(runs).toHaveLength(6);
  });

  it('is of the seeds that have both sides', () => {
    const statement = contrast('more', less(own('dual-bn', 'clean'), own('hybrid', 'clean')), positive);
    const find = (variant: string, seed: number) =>
      variant === 'hybrid' && seed === 1 ? undefined : setting.find(variant, seed);
    const { estimate, sides } = estimateOf(statement, { ...setting, find });
    expect(estimate?.seeds).toBe(2);
    expect(sides[0].seeds).toHaveLength(2);
  });
});

describe('a share', () => {
  const statement = share(
    'AP alone have more than half',
    less(own('dual-ap', 'clean'), own('hybrid', 'clean')),
    less(own('dual-bn', 'clean'), own('hybrid', 'clean')),
    moreThanHalf,
  );

  it('is tested on what is left of the part beyond it, and shown as itself', () => {
    const found = estimateOf(statement, setting);
    expect(found.shown?.value).toBeCloseTo(1, 2);
    // Half of ten points.
    expect(found.estimate?.value).toBeCloseTo(0.05, 2);
  });

  it('is not decidable where there is no effect to share', () => {
    const none = settingOf({ ...paperTruth, 'dual-bn.clean': { clean: 0.5, robust: 0.02 } });
    expect(estimateOf(statement, none).undecidable).toMatch(/no effect to take a share of/);
  });
});

describe('the distance from the front', () => {
  const statement = (variant: string) => ({
    ...contrast('above', [], positive),
    value: { kind: 'front' as const, variant, task: 'robust' as const, front: frontVariants },
  });

  it('is nothing for a point of the front, and what lies above it for another', () => {
    expect(estimateOf(statement('hybrid'), setting).estimate?.value).toBeCloseTo(0, 6);
    // As accurate as hybrid on clean images, and five points more robust.
    expect(estimateOf(statement('dual-bn'), setting).estimate?.value).toBeCloseTo(0.05, 2);
    // Between alpha 0.1 and hybrid-alpha-0.25 the front is straight.
    const between = estimateOf(statement('trades'), setting).estimate?.value;
    expect(between).toBeCloseTo(0.04, 2);
  });

  it('is not decidable beyond the ends of the front', () => {
    const beyond = settingOf({ ...paperTruth, trades: { clean: 0.3, robust: 0.3 } });
    expect(estimateOf(statement('trades'), beyond).undecidable).toMatch(/outside that of the front/);
  });
});

it('what re-estimated NS and raw swaps have are outcomes of the same kind', () => {
  const six = claims.find(({ id }) => id === 'claim 6');
  for (const statement of six ? statementsOf(six) : []) {
    const { estimate, sides, undecidable } = estimateOf(statement, setting);
    expect(undecidable).toBeUndefined();
    expect(estimate?.seeds).toBe(3);
    expect(sides.length).toBeGreaterThan(1);
  }
});

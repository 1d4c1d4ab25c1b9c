import { describe, expect, test } from 'vitest';
import { groupAttacks } from './attack-runs.ts';
import { failedChecks, sanityCheckNames } from './sanity-checks.ts';

type Seen = Parameters<typeof failedChecks>[0];

/** The first `right` of 100 examples. */
const first = (right: number) => Uint8Array.from({ length: 100 }, (_, at) => (at < right ? 1 : 0));

/** A cell without fault: 80 of 100 right, 50 of them robust, of ten classes. */
function cell({
  robust = { 'pgd-10': 51, 'pgd-20': 50 },
  ...changes
}: {
  robust?: Record<string, number>;
  clean?: number;
  notFinite?: number;
  flat?: number;
  beyondEpsilon?: number;
  beyondRange?: number;
} = {}): Seen {
  const { clean = 80, notFinite = 0, flat = 0, beyondEpsilon = 0, beyondRange = 0 } = changes;
  return {
    cell: { statistics: 'adv', affine: 'clean' },
    clean: first(clean),
    robust: Object.fromEntries(Object.entries(robust).map(([name, right]) => [name, first(right)])),
    notFinite,
    paths: groupAttacks(Object.keys(robust), 8 / 255).map((attackRun) => ({
      attackRun,
      attacked: clean,
      flat,
      beyondEpsilon,
      beyondRange,
    })),
    classes: 10,
    imageSize: 3072,
  };
}

const raised = (seen: Seen) => failedChecks(seen).map(({ rule }) => rule);

test('a sound cell raises none', () => {
  expect(failedChecks(cell())).toEqual([]);
});

test('a failed check says which cell, which rule, and what was seen', () => {
  expect(failedChecks(cell({ notFinite: 3 }))).toEqual([
    {
      rule: 'not-finite',
      statistics: 'adv',
      affine: 'clean',
      message: expect.stringMatching(/^3 of 100 clean images/),
    },
  ]);
});

describe('each rule has a case that raises it and a near one that does not', () => {
  const cases: readonly (readonly [string, Seen, Seen])[] = [
    ['not-finite', cell({ notFinite: 1 }), cell()],
    // The interval of 16 of 100 begins at 10.1 %.
    ['at-chance', cell({ clean: 15, robust: {} }), cell({ clean: 17, robust: {} })],
    ['zero-gradients', cell({ flat: 5 }), cell({ flat: 4 })],
    [
      'not-converged',
      cell({ robust: { 'pgd-10': 53, 'pgd-20': 50 } }),
      cell({ robust: { 'pgd-10': 52, 'pgd-20': 50 } }),
    ],
    [
      'fgsm-above-pgd',
      cell({ robust: { fgsm: 48, 'pgd-20': 50 } }),
      cell({ robust: { fgsm: 49, 'pgd-20': 50 } }),
    ],
    [
      'search-above-pgd',
      cell({ robust: { 'square-9': 48, 'pgd-20': 50 } }),
      cell({ robust: { 'square-9': 48, 'pgd-20': 50, 'margin-20': 49 } }),
    ],
    ['beyond-epsilon', cell({ beyondEpsilon: 2e-6 }), cell({ beyondEpsilon: 5e-7 })],
    ['beyond-range', cell({ beyondRange: 2e-6 }), cell({ beyondRange: 5e-7 })],
  ];

  test.each(cases)('%s', (rule, bad, near) => {
    expect(raised(bad)).toEqual([rule]);
    expect(raised(near)).toEqual([]);
  });

  test('and none is forgotten', () => {
    expect(cases.map(([rule]) => rule)).toEqual(sanityCheckNames);
  });
});

test('few steps are not held against many: pgd-1 says nothing of how pgd-10 converges', () => {
  expect(raised(cell({ robust: { 'pgd-1': 75, 'pgd-10': 50 } }))).toEqual([]);
});

test('an L2 perturbation may round in every pixel', () => {
  const robust = { 'pgd-10-l2': 50 };
  expect(raised(cell({ robust, beyondEpsilon: 2e-5 }))).toEqual([]);
  expect(raised(cell({ robust, beyondEpsilon: 1e-4 }))).toEqual(['beyond-epsilon']);
});

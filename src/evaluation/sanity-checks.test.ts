import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { groupAttacks } from './attack-runs.ts';
import { type Checked, runSanityChecks, sanityChecks } from './sanity-checks.ts';

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
  notFiniteLogits?: number;
  notFiniteGradients?: number;
  zeroGradients?: number;
  beyondEpsilon?: number;
  beyondRange?: number;
} = {}): Checked {
  const { clean = 80, notFinite = 0, zeroGradients = 0, beyondEpsilon = 0, beyondRange = 0 } = changes;
  const { notFiniteLogits: logits = 0, notFiniteGradients: gradients = 0 } = changes;
  return {
    cell: { statistics: 'adv', affine: 'clean' },
    clean: first(clean),
    robust: Object.fromEntries(Object.entries(robust).map(([name, right]) => [name, first(right)])),
    notFinite,
    attackRuns: groupAttacks(Object.keys(robust), 8 / 255).map((attackRun) => ({
      attackRun,
      attacked: clean,
      zeroGradients,
      notFinite: { logits, gradients },
      beyondEpsilon,
      beyondRange,
    })),
    classes: 10,
    imageSize: 3072,
  };
}

const raised = (seen: Checked) => runSanityChecks(seen).map(({ rule }) => rule);

test('a sound cell raises none', () => {
  expect(runSanityChecks(cell())).toEqual([]);
});

test('a failed check says which cell, which rule, and what was seen', () => {
  expect(runSanityChecks(cell({ notFinite: 3 }))).toEqual([
    {
      rule: 'clean-not-finite',
      statistics: 'adv',
      affine: 'clean',
      message: expect.stringMatching(/^3 of 100 clean images/),
    },
  ]);
});

describe('each rule has a case that raises it and a near one that does not', () => {
  const cases: readonly (readonly [string, Checked, Checked])[] = [
    ['clean-not-finite', cell({ notFinite: 1 }), cell()],
    ['logits-not-finite', cell({ notFiniteLogits: 1 }), cell()],
    ['gradients-not-finite', cell({ notFiniteGradients: 1 }), cell()],
    // The interval of 16 of 100 begins at 10.1 %.
    ['at-chance', cell({ clean: 15, robust: {} }), cell({ clean: 17, robust: {} })],
    ['zero-gradients', cell({ zeroGradients: 5 }), cell({ zeroGradients: 4 })],
    [
      'not-converged',
      cell({ robust: { 'pgd-10': 53, 'pgd-20': 50 } }),
      cell({ robust: { 'pgd-10': 52, 'pgd-20': 50 } }),
    ],
    [
      'one-step-above-many',
      cell({ robust: { fgsm: 48, 'pgd-20': 50 } }),
      cell({ robust: { fgsm: 49, 'pgd-20': 50 } }),
    ],
    [
      'query-above-gradient',
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
    expect(cases.map(([rule]) => rule)).toEqual(sanityChecks.map(({ name }) => name));
  });
});

describe('attacks are compared by what they are, not by name', () => {
  test.each([
    // One step breaks more than queries do: queries without gradients are allowed to be weaker.
    ['fgsm and square', { fgsm: 40, 'square-100': 60 }, []],
    ['fgsm and noise', { fgsm: 40, noise: 80, 'gaussian-noise': 80 }, []],
    ['fgsm and a single step', { fgsm: 40, 'pgd-1': 60 }, []],
    ['either kind of single step', { 'fgsm-rs': 48, 'pgd-20': 50 }, ['one-step-above-many']],
    [
      'a single step of PGD and many on the margin',
      { 'pgd-1': 48, 'margin-20': 50 },
      ['one-step-above-many'],
    ],
    ['in L2', { 'pgd-1-l2': 48, 'square-9-l2': 60 }, []],
    ['noise', { noise: 48, 'pgd-20': 50 }, ['query-above-gradient']],
    ['noise and a single step', { noise: 48, fgsm: 50 }, []],
  ])('%s', (_, robust, rules) => {
    expect(raised(cell({ robust }))).toEqual(rules);
  });
});

test('every message says what to run or look at next', () => {
  const all = cell({
    robust: { fgsm: 40, 'square-9': 30, 'pgd-10': 70, 'pgd-20': 50 },
    ...{ notFinite: 1, notFiniteLogits: 1, notFiniteGradients: 1, zeroGradients: 50 },
  });
  expect(new Set(raised(all)).size).toBe(7);
  const messages = runSanityChecks(all).map(({ message }) => message);
  for (const message of messages) expect(message).toMatch(/run |look |until/);
});

test('the documentation says when each fails', () => {
  const text = readFileSync(new URL('../../docs/evaluation.md', import.meta.url), 'utf8');
  for (const { name, failsWhen } of sanityChecks) expect(text).toContain(`| \`${name}\` | ${failsWhen} |`);
});

test('sizes that are no numbers are no small sizes', () => {
  expect(raised(cell({ beyondEpsilon: Number.NaN, beyondRange: Number.NaN }))).toEqual([
    'beyond-epsilon',
    'beyond-range',
  ]);
});

test('few steps are not held against many: pgd-1 says nothing of how pgd-10 converges', () => {
  expect(raised(cell({ robust: { 'pgd-1': 75, 'pgd-10': 50 } }))).toEqual([]);
});

test.each([
  ['L2', 'pgd-10-l2', 2e-5, 1e-4],
  ['L1', 'apgd-ce-l1', 2e-3, 4e-3],
] as const)('an %s perturbation may round in every pixel', (_, attack, near, beyond) => {
  const robust = { [attack]: 50 };
  expect(raised(cell({ robust, beyondEpsilon: near }))).toEqual([]);
  expect(raised(cell({ robust, beyondEpsilon: beyond }))).toEqual(['beyond-epsilon']);
});

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { planAttacks } from './attack-plan.ts';
import { type Fault, faults } from './attack-runs.ts';
import type { Checked } from './check.ts';
import { runSanityChecks, sanityChecks } from './sanity-checks.ts';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);

/** Some of 100 examples; by default the first so many. */
type Right = number | (() => readonly number[]);
const flagsOf = (right: Right) => {
  const which = new Set(typeof right === 'number' ? range(0, right) : right());
  return Uint8Array.from({ length: 100 }, (_, at) => (which.has(at) ? 1 : 0));
};

const noFaults = {
  'image-not-finite': [],
  'beyond-range': [],
  'beyond-epsilon': [],
  'not-misclassified': [],
};

/** A cell without fault: 80 of 100 right, 50 of them robust, of ten classes. */
function cell({
  robust = { 'pgd-10': 51, 'pgd-20': 50 },
  ...changes
}: {
  robust?: Record<string, Right>;
  clean?: number;
  notFinite?: number;
  notFiniteLogits?: number;
  notFiniteGradients?: number;
  zeroGradients?: number;
  faults?: Partial<Record<Fault, readonly number[]>>;
} = {}): Checked {
  const { clean = 80, notFinite = 0, zeroGradients = 0, faults = {} } = changes;
  const { notFiniteLogits: logits = 0, notFiniteGradients: gradients = 0 } = changes;
  const { asked, attackRuns } = planAttacks(Object.keys(robust), 8 / 255);
  return {
    cell: { statistics: 'adv', affine: 'clean' },
    clean: flagsOf(clean),
    robust: Object.fromEntries(Object.entries(robust).map(([name, right]) => [name, flagsOf(right)])),
    notFinite,
    asked,
    brokenBy: {},
    attackRuns: attackRuns.map((attackRun) => ({
      attackRun,
      attacked: clean,
      zeroGradients,
      notFinite: { logits, gradients },
      beyondEpsilon: 0.01,
      beyondRange: 0.02,
      faults: { ...noFaults, ...faults },
    })),
    classes: 10,
  };
}

/** What aa-fast stands for on a network of a few classes. */
const suiteOn = (classes: number) => ({ asked: planAttacks(['aa-fast'], 8 / 255, { classes }).asked });

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
      cell({ robust: { 'pgd-10': 52, 'pgd-20': 50 } }),
      cell({ robust: { 'pgd-10': 51, 'pgd-20': 50 } }),
    ],
    [
      'more-steps-weaker',
      cell({ robust: { 'square-10': 48, 'square-20': 50 } }),
      cell({ robust: { 'square-10': 49, 'square-20': 50 } }),
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
    [
      'query-beyond-gradient',
      cell({ robust: { 'pgd-20': 50, 'square-9': () => [...range(0, 48), ...range(60, 70)] } }),
      cell({ robust: { 'pgd-20': 50, 'square-9': () => [...range(0, 49), ...range(60, 70)] } }),
    ],
    ...faults.map((fault) => [fault, cell({ faults: { [fault]: [4] } }), cell()] as const),
    [
      'stage-left-out',
      { ...cell({ robust: {} }), ...suiteOn(3), classes: 3 },
      { ...cell({ robust: {} }), ...suiteOn(4), classes: 4 },
    ],
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

test('what queries break in a suite after gradients is held against the gradients', () => {
  const stage = (name: string, more: object = {}) => ({ stage: name, options: { name, ...more } });
  const suite = (...stages: readonly { stage: string; options: { name: string } }[]): Checked => {
    const suites = [{ name: 'mine', summary: 'of a test', norms: ['linf'] as const, stages: () => stages }];
    const { asked } = planAttacks(['mine'], 8 / 255, { suites, classes: 10 });
    const brokenBy = { mine: Uint8Array.from({ length: 100 }, (_, at) => (at < 2 ? 2 : at < 30 ? 1 : 0)) };
    return { ...cell({ robust: {} }), asked, brokenBy };
  };
  expect(raised(suite(stage('pgd'), stage('square')))).toEqual(['query-above-gradient']);
  // Queries first; a single step; gradients alone.
  expect(raised(suite(stage('square'), stage('pgd')))).toEqual([]);
  expect(raised(suite(stage('pgd', { steps: 1 }), stage('square')))).toEqual([]);
  expect(raised(suite(stage('pgd'), stage('apgd')))).toEqual([]);
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

test('images that are not as they must be are named, the first of many', () => {
  const messages = (indices: readonly number[]) =>
    runSanityChecks(cell({ faults: { 'beyond-epsilon': indices } })).map(({ message }) => message);
  expect(messages([4, 9])).toEqual([
    'pgd-10, pgd-20: 2 of 80 images returned (4,9) exceed epsilon 0.03137254901960784, by 0.010 at the most, and do not count as broken; the attack is wrong: run another',
  ]);
  expect(messages([1, 2, 3, 4, 5, 99])[0]).toContain('6 of 80 images returned (1-5, ...)');
});

test('few steps are not held against many: pgd-1 says nothing of how pgd-10 converges', () => {
  expect(raised(cell({ robust: { 'pgd-1': 75, 'pgd-10': 50 } }))).toEqual([]);
});

/** Verdicts on outcomes made up so that the truth is known. */
import { describe, expect, it } from 'vitest';
import type { EvaluationDocument } from '../evaluation/index.ts';
import { testSubject } from '../evaluation/testing/subject.ts';
import { gridOf } from '../nn/index.ts';
import { integers } from '../random/index.ts';
import { regimeNamed } from '../training/index.ts';
import { type PlannedRun, planReproduction } from './plan.ts';
import type { RunResults } from './run-results.ts';
import { scales } from './scales.ts';
import { decideClaims } from './verdicts.ts';

const examples = 2000;
const attack = 'pgd-10';
const plan = planReproduction(scales.small, { dataset: 'cifar-10', epsilons: ['8/255'], claims: [1, 2, 5] });

/** What a network gets right, as shares: by regime, and by AP where these are apart. */
type Truth = Readonly<Record<string, { readonly clean: number; readonly robust: number }>>;
const plain = { clean: 0.5, robust: 0.25 };
const paper: Truth = {
  'dual-bn.clean': { clean: 0.6, robust: 0.02 },
  'dual-ap.clean': { clean: 0.6, robust: 0.02 },
  'dual-linear.clean': { clean: 0.6, robust: 0.02 },
  'adapters-parallel.clean': { clean: 0.6, robust: 0.02 },
  trades: { clean: 0.44, robust: 0.31 },
};

/** Images are hard or easy for every network alike, with a little chance of its own for each. */
function flags(share: number, seed: number): string {
  const hardness = integers({ seed: 0, purpose: 'noise' }, examples, 1000);
  const luck = integers({ seed: seed + 1, purpose: 'noise' }, examples, 100);
  return Array.from(hardness, (hard, at) => (hard / 1000 + (luck[at] - 50) / 1000 < share ? '1' : '0')).join(
    '',
  );
}

function evaluationOf(run: PlannedRun, truth: Truth): EvaluationDocument {
  const branchOf = (cell: { affine: string; adapter?: string; head?: string }) =>
    cell.adapter ?? cell.head ?? cell.affine;
  const rows = gridOf(regimeNamed(run.regime)).map((cell) => {
    const share = truth[`${run.regime}.${branchOf(cell)}`] ?? truth[run.regime] ?? plain;
    return { cell, clean: flags(share.clean, run.seed), robust: { [attack]: flags(share.robust, run.seed) } };
  });
  return {
    document: 'evaluation',
    version: 2,
    created: '2026-01-01T00:00:00.000Z',
    subject: { ...testSubject, run: run.name, regime: run.regime, seed: run.seed },
    request: {
      attacks: {},
      norm: 'linf',
      epsilon: { text: '8/255', value: 8 / 255 },
      seed: run.seed,
      cells: rows.map(({ cell }) => cell),
      examples: { count: examples, indices: `0-${examples - 1}` },
    },
    grid: [],
    failedChecks: [],
    outcomes: {
      grid: rows.map(({ cell, clean, robust }) => ({ ...cell, clean, robust })),
    },
  };
}

const measurement = { name: 'last-linf-8-255', measurement: { what: 'evaluate', epsilon: '8/255' } } as const;

const resultsOf = (truth: Truth, seeds: readonly number[] = plan.seeds): RunResults[] =>
  plan.runs
    .filter(({ seed }) => seeds.includes(seed))
    .map((run) => ({ run, measured: [{ ...measurement, document: evaluationOf(run, truth) }], notes: [] }));

const verdictsOf = (results: readonly RunResults[]) =>
  Object.fromEntries(
    decideClaims(plan, results, attack).claims.map(({ number, verdict }) => [number, verdict]),
  );

describe('decideClaims', () => {
  it("finds that the paper's picture holds where it is true", () => {
    expect(verdictsOf(resultsOf(paper))).toEqual({ 1: 'holds', 2: 'holds', 5: 'holds' });
  });

  it('finds that a claim does not hold where its opposite is true', () => {
    const opposite: Truth = {
      ...paper,
      'cross-at-clean': { clean: 0.5, robust: 0.1 },
      'dual-ap.clean': plain,
      'dual-ns': { clean: 0.6, robust: 0.25 },
      trades: plain,
      'dual-linear.clean': { clean: 0.4, robust: 0.02 },
    };
    expect(verdictsOf(resultsOf(opposite))).toEqual({
      1: 'does not hold',
      2: 'does not hold',
      5: 'does not hold',
    });
  });

  it('shows nothing by one seed, nor by none', () => {
    const nothing = {
      1: 'not shown at this scale',
      2: 'not shown at this scale',
      5: 'not shown at this scale',
    };
    expect(verdictsOf(resultsOf(paper, [1]))).toEqual(nothing);
    expect(verdictsOf([])).toEqual(nothing);
  });

  it('tells estimate, sides and runs of a statement', () => {
    const { claims, accuracies } = decideClaims(plan, resultsOf(paper), attack);
    const statement = claims[1]?.statements.find(({ says }) => says.includes('more clean accuracy'));
    expect(statement?.estimate?.value).toBeCloseTo(0.1, 1);
    expect(statement?.estimate?.p).toBeLessThan(0.001);
    expect(statement?.sides.map(({ label, weight, seeds }) => [label, weight, seeds.length])).toEqual([
      ['clean accuracy of dual-ap', 1, 3],
      ['clean accuracy of dual-ns', -1, 3],
    ]);
    expect(statement?.runs).toHaveLength(6);
    const row = accuracies.find(({ regime, task }) => regime === 'dual-bn' && task === 'clean');
    expect(row?.cell).toBe('NS clean, AP clean');
    expect(row?.clean.value).toBeCloseTo(0.6, 1);
    expect(row?.robust.seeds).toHaveLength(3);
  });

  it('reports at 8/255 what decides at 16/255 only, without deciding by it', () => {
    const { claims } = decideClaims(plan, resultsOf(paper), attack);
    const told = claims[1]?.statements.filter(({ says }) => says.includes('dual-ns is about hybrid'));
    expect(told?.map(({ decides, estimate }) => [decides, estimate?.value])).toEqual([
      [false, 0],
      [false, 0],
    ]);
  });

  it('refuses to compare networks on different images', () => {
    const [first, ...others] = resultsOf(paper);
    const document = evaluationOf(first.run, paper);
    const moved: RunResults = {
      ...first,
      measured: [
        {
          ...measurement,
          document: {
            ...document,
            request: { ...document.request, examples: { count: examples, indices: `1-${examples}` } },
          },
        },
      ],
    };
    expect(() => decideClaims(plan, [moved, ...others], attack)).toThrow(
      /dual-bn-8-255-seed-0 .* different test images/,
    );
  });
});

/** Verdicts on outcomes made up so that the truth is known. */
import { describe, expect, it } from 'vitest';
import { type Invented, inventedResults, paperTruth, type Truth } from '../testing/invented-results.ts';
import { decideClaims } from './verdicts.ts';

const ids = ['claim 1', 'claim 2', 'claim 3', 'claim 5', 'claim 6'];
const request = { epsilons: ['8/255'], claims: ids, seeds: [0, 1, 2, 3, 4, 5] };
const made = inventedResults(paperTruth, request);
const withTruth = (truth: Truth): Invented => inventedResults(truth, request);

const verdictsOf = (invented: Invented, stage: 'exploratory' | 'confirmatory' = 'exploratory') =>
  Object.fromEntries(
    decideClaims(invented).claims.map(({ id, stages }) => [
      id,
      stages.find((each) => each.stage === stage)?.verdict,
    ]),
  );

const all = (verdict: string) => Object.fromEntries(ids.map((id) => [id, verdict]));

describe('decideClaims', () => {
  it("finds that the paper's picture holds where it is true, on both stages of seeds", () => {
    expect(verdictsOf(made)).toEqual(all('holds'));
    expect(verdictsOf(made, 'confirmatory')).toEqual(all('holds'));
  });

  it('finds that a claim does not hold where its opposite is true', () => {
    const opposite: Truth = {
      ...paperTruth,
      'cross-at-clean': { clean: 0.5, robust: 0.1 },
      'dual-ap.clean': { clean: 0.5, robust: 0.25 },
      'dual-ap.adv': { clean: 0.5, robust: 0.2 },
      'dual-ns': { clean: 0.6, robust: 0.3 },
      'dual-bn.adv': { clean: 0.5, robust: 0.1 },
      'dual-bn.clean': { clean: 0.6, robust: 0.3 },
      trades: { clean: 0.44, robust: 0.2 },
    };
    expect(verdictsOf(withTruth(opposite))).toMatchObject({
      'claim 1': 'does not hold',
      'claim 2': 'does not hold',
      'claim 5': 'does not hold',
      'claim 6': 'does not hold',
    });
  });

  it('shows nothing by one seed, nor by none', () => {
    const one = { ...made, results: made.results.filter(({ run }) => run.seed === 1) };
    expect(verdictsOf(one)).toEqual(all('not shown'));
    expect(verdictsOf({ ...made, results: [] })).toEqual(all('not run'));
  });

  it('takes no run as confirming that was begun under other rules, and names it', () => {
    const results = made.results.map((each) => ({
      ...each,
      file: { ...each.file, rules: { ...each.file.rules, 'claim 2': 'of another day' } },
    }));
    const changed = { ...made, results };
    expect(verdictsOf(changed, 'confirmatory')).toEqual({ ...all('holds'), 'claim 2': 'not run' });
    expect(verdictsOf(changed)).toEqual(all('holds'));
    const [, , two] = ['', '', decideClaims(changed).claims.find(({ id }) => id === 'claim 2')] as const;
    const confirmatory = two?.stages.find(({ stage }) => stage === 'confirmatory');
    expect(confirmatory?.otherRules).toHaveLength(4 * 3);
    expect(confirmatory?.otherRules).toContain('dual-ap-8-255-seed-3');
  });

  it('tells estimate, sides and runs of a statement', () => {
    const { claims, accuracies } = decideClaims(made);
    const [stage] = claims.find(({ id }) => id === 'claim 2')?.stages ?? [];
    const statement = stage?.epsilons[0]?.parts[0]?.statements[0];
    expect(statement?.estimate?.value).toBeCloseTo(0.1, 1);
    expect(statement?.estimate?.p?.holds).toBeLessThan(0.001);
    expect(statement?.sides.map(({ label, weight, seeds }) => [label, weight, seeds.length])).toEqual([
      ['clean accuracy of dual-ap', 0.5, 3],
      ['clean accuracy of hybrid', -0.5, 3],
      ['clean accuracy of dual-bn', 0.5, 3],
      ['clean accuracy of dual-ns', -0.5, 3],
    ]);
    expect(statement?.runs).toHaveLength(12);
    const row = accuracies.find(({ variant, task }) => variant === 'dual-bn' && task === 'clean');
    expect(row?.cell).toBe('NS clean, AP clean');
    expect(row?.clean.value).toBeCloseTo(0.6, 1);
    expect(row?.robust.seeds).toHaveLength(3);
  });

  it('decides nothing behind a failed check, and says which', () => {
    const results = made.results.map((each) => ({
      ...each,
      measured: each.measured.map((measured) =>
        measured.document.document === 'evaluation' && each.run.name === 'dual-ap-8-255-seed-0'
          ? {
              ...measured,
              document: {
                ...measured.document,
                failedChecks: [
                  {
                    statistics: 'shared',
                    affine: 'adv',
                    rule: 'zero-gradient',
                    message: 'the gradient is nothing',
                    examples: 3,
                  },
                ],
              },
            }
          : measured,
      ),
    }));
    const { claims } = decideClaims({ ...made, results });
    const [stage] = claims.find(({ id }) => id === 'claim 2')?.stages ?? [];
    const robust = stage?.epsilons[0]?.parts.find(({ title }) => title === 'robust accuracy');
    expect(robust?.verdict).toBe('not decidable');
    expect(robust?.statements[0]?.reason).toMatch(/dual-ap-8-255-seed-0: the gradient is nothing/);
    expect(stage?.verdict).toBe('not decidable');
  });

  it('decides nothing where everything compared is hardly robust', () => {
    const weak = Object.fromEntries(
      Object.keys(paperTruth)
        .concat('hybrid', 'dual-ns')
        .map((name) => [name, { clean: 0.5, robust: 0.03 }]),
    );
    const { claims } = decideClaims(withTruth(weak));
    const [stage] = claims.find(({ id }) => id === 'claim 1')?.stages ?? [];
    expect(stage?.verdict).toBe('not decidable');
    expect(stage?.epsilons[0]?.parts[0]?.statements[1]?.reason).toMatch(/below 5 %/);
  });

  it('refuses to compare networks on different images', () => {
    const [first, ...others] = made.results;
    const measured = first.measured.map((each) =>
      each.document.document === 'evaluation'
        ? {
            ...each,
            document: {
              ...each.document,
              request: { ...each.document.request, examples: { count: 2000, indices: '1-2000' } },
            },
          }
        : each,
    );
    expect(() => decideClaims({ ...made, results: [{ ...first, measured }, ...others] })).toThrow(
      /dual-bn-8-255-seed-0 .* different test images/,
    );
  });
});

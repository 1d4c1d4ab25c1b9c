/**
 * A made-up reproduction for tests, every part of a report filled. The claims and the rules are the program's own, the
 * numbers are invented, and the summary says so, lest a page made of it be taken for a result.
 */

import { inventedAnalyses } from '../../analysis/testing/invented-analyses.ts';
import { syntheticRun } from '../../report/testing/synthetic-run.ts';
import type { OverSeeds } from '../estimate.ts';
import { decide, together } from '../estimate.ts';
import { claims } from '../paper-claims.ts';
import type { ReproductionReport } from '../report/model.ts';
import type { ReproductionDocument } from '../verdicts.ts';

const epsilons = ['8/255', '16/255'] as const;
const seeds = [0, 1, 2] as const;
const regimes = [
  'dual-bn',
  'hybrid',
  'dual-ap',
  'dual-ns',
  'madry',
  'cross-at-clean',
  'trades',
  'dual-linear',
  'adapters-parallel',
];
const twoCells = ['dual-bn', 'dual-ap', 'dual-ns', 'dual-linear', 'adapters-parallel'];

const name = (regime: string, epsilon: string | undefined, seed: number): string =>
  [regime, epsilon?.replace('/', '-'), 'seed', seed].filter((part) => part !== undefined).join('-');

const over = (value: number, spread: number, at: number): OverSeeds => ({
  value,
  interval: [value - 2 * spread, value + 2 * spread],
  seeds: seeds.map((seed) => value + spread * Math.sin(3 * at + 2 * seed)),
});

const runs: ReproductionDocument['runs'] = [
  ...epsilons.flatMap((epsilon) =>
    regimes.flatMap((regime) =>
      seeds.map((seed) => ({
        name: name(regime, epsilon, seed),
        regime,
        epsilon,
        seed,
        done: !(regime === 'trades' && epsilon === '16/255'),
      })),
    ),
  ),
  ...seeds.map((seed) => ({ name: name('standard', undefined, seed), regime: 'standard', seed, done: true })),
];

const ruleText = (low: number | null, high: number | null, unit: 'accuracy' | 'ratio'): string => {
  const show = (end: number) =>
    unit === 'accuracy' ? `${(100 * end).toFixed(1)} points` : end.toPrecision(3);
  if (low !== null && high !== null) return `between ${show(low)} and ${show(high)}`;
  return low === null ? 'anything' : `above ${show(low)}`;
};

const finite = (end: number): number | null => (Number.isFinite(end) ? end : null);

const decided: ReproductionDocument['claims'] = claims.map(({ number, title, says, statements }) => {
  const all = epsilons.flatMap((epsilon, which) =>
    statements.map((statement, at) => {
      const { rule } = statement;
      const unit = statement.kind === 'gap' ? ('ratio' as const) : ('accuracy' as const);
      const missing = number === 5 && at >= 6 && which === 1;
      const turn = Math.sin(number + 2.3 * at + which);
      const value =
        unit === 'accuracy'
          ? 0.02 + 0.045 * turn
          : rule.to < 1
            ? 0.03 * (1.3 + turn)
            : 1.1 * Math.exp(0.5 * turn);
      const half = unit === 'accuracy' ? 0.012 * (1.4 + turn) : 0.25 * value;
      const estimate = {
        value,
        interval: [value - half, value + half] as [number, number],
        p: Math.abs(0.04 * turn) ** 2,
        seeds: 3,
        examples: 5000,
      };
      return {
        says: statement.says,
        epsilon,
        unit,
        rule: ruleText(finite(rule.from), finite(rule.to), unit),
        allowed: [finite(rule.from), finite(rule.to)] as [number | null, number | null],
        decides: statement.decidesAt === undefined || statement.decidesAt.includes(epsilon),
        verdict: decide(rule, missing ? undefined : estimate),
        ...(missing ? {} : { estimate }),
        sides: [
          { label: 'one side', weight: 1, ...over(0.5 + value, 0.01, at) },
          { label: 'the other side', weight: -1, ...over(0.5, 0.01, at + 1) },
        ],
        runs: runs
          .filter((run) => run.epsilon === epsilon)
          .slice(0, 6)
          .map((run) => run.name),
      };
    }),
  );
  const verdict = together(all.filter(({ decides }) => decides).map((each) => each.verdict));
  return { number, title, says, verdict, statements: all };
});

export const inventedDocument: ReproductionDocument = {
  document: 'verdicts',
  version: 2,
  scale: 'smoke',
  summary: 'INVENTED test data, nothing was measured',
  setting: {
    'data set': 'CIFAR-10 (other copy than the official one)',
    network: 'resnet10, width 16',
    'training images': 10_000,
    epochs: 8,
    'training attack': 'PGD-3',
  },
  epsilons: [...epsilons],
  seeds: [...seeds],
  attack: 'pgd-10',
  examples: { evaluated: 5000, reestimated: 2000 },
  runs,
  notes: [],
  claims: decided,
  accuracies: epsilons.flatMap((epsilon, which) =>
    regimes.flatMap((regime, at) =>
      (['clean', 'robust'] as const).map((task) => {
        const two = twoCells.includes(regime);
        const toClean = two && task === 'clean';
        return {
          regime,
          epsilon,
          task,
          cell: two
            ? `NS ${task === 'clean' ? 'clean' : 'adv'}, AP ${task === 'clean' ? 'clean' : 'adv'}`
            : 'NS shared, AP shared',
          clean: over((toClean ? 0.6 : 0.5) - 0.1 * which + 0.012 * Math.sin(at), 0.008, at),
          robust: over(
            (toClean ? 0.03 : 0.26) - (toClean ? 0.01 : 0.1) * which + 0.012 * Math.cos(at),
            0.006,
            at,
          ),
        };
      }),
    ),
  ),
  reestimated: epsilons.flatMap((epsilon, which) =>
    ['clean', 'adv', 'noise'].flatMap((source, at) =>
      ['clean', 'adv'].map((affine) => ({
        regime: 'dual-bn',
        epsilon,
        source,
        affine,
        clean: over(affine === 'clean' ? 0.6 : 0.49 - 0.1 * which, 0.006, at),
        robust: over(affine === 'clean' ? 0.03 : 0.28 - 0.1 * which, 0.006, at),
      })),
    ),
  ),
  gaps: epsilons.flatMap((epsilon, which) =>
    ['standard', 'dual-bn'].flatMap((regime) =>
      ['adv-clean', 'noise-clean', 'clean-clean'].flatMap((pair, at) =>
        (['mu', 'sigma'] as const).map((statistic) => ({
          regime,
          epsilon,
          affine: regime === 'standard' ? 'shared' : 'adv',
          pair,
          statistic,
          wasserstein: over(0.004 * (1 + which) * (1 + 0.4 * at), 0.0003, at),
        })),
      ),
    ),
  ),
};

export function inventedReproduction(): ReproductionReport {
  return {
    document: inventedDocument,
    runs: runs
      .filter(({ done }) => done)
      .map(({ name: run, regime, epsilon, seed }) => ({
        ...syntheticRun(run, regime, 8, seed),
        analyses: analysesOf(regime, epsilon, seed),
        images: regime === 'dual-bn' && seed === 0 ? syntheticRun(run, regime).images : undefined,
      })),
    problems: [],
    generated: { version: '0.1.0', command: 'dualbn reproduce --scale smoke', date: '2026-01-31' },
  };
}

function analysesOf(regime: string, epsilon: string | undefined, seed: number) {
  if (epsilon === undefined)
    return epsilons.flatMap((size) =>
      inventedAnalyses(regime, seed, size).filter(({ request: { analysis } }) => analysis === 'gap'),
    );
  const all = inventedAnalyses(regime, seed, epsilon);
  if (regime === 'dual-bn')
    return all.filter(({ request: { analysis } }) => seed === 0 || !['transfer', 'curve'].includes(analysis));
  return seed === 0 ? all.filter(({ request: { analysis } }) => analysis === 'curve') : [];
}

import { describe, expect, test } from 'vitest';
import type { Regime } from './regime.ts';
import { regimeProblems } from './regime-problems.ts';
import { regimeNamed, regimeNames } from './regimes.ts';

const dualBn = regimeNamed('dual-bn');
const [clean, adv] = dualBn.passes;
const cell = { statistics: 'adv', affine: 'adv' };
const trades = regimeNamed('trades-dual-bn');
const [, divergence] = trades.terms;

test.each(regimeNames)('%s makes sense', (name) => {
  expect(regimeProblems(regimeNamed(name))).toEqual([]);
});

describe('a row is refused', () => {
  const cases: readonly [string, Partial<Regime>, string, string][] = [
    [
      'where a term weighs a pass that is not made',
      { terms: [...dualBn.terms, { weight: 1, loss: 'ce', pass: 'noise' }] },
      'terms.2.pass',
      "expected one of clean, adv, found 'noise'",
    ],
    [
      'where a move follows a pass that is not made',
      { statisticsUpdates: [...dualBn.statisticsUpdates, { branch: 'adv', from: ['noise'] }] },
      'statisticsUpdates.2.from',
      "expected one of clean, adv, found 'noise'",
    ],
    [
      'where a pass takes images that are not made',
      { passes: [clean, adv, { ...clean, name: 'noisy', source: 'noise' }] },
      'passes.noisy.source',
      "expected one of clean, adv, found 'noise'",
    ],
    [
      'where a pass uses AP that no network has',
      { passes: [clean, adv, { ...clean, name: 'more', affine: 'noise' }] },
      'passes.more.affine',
      "expected one of clean, adv, found 'noise'",
    ],
    [
      'where NS stand still without being kept',
      { statisticsUpdates: dualBn.statisticsUpdates.slice(1) },
      'statisticsUpdates',
      'expected NS clean to be updated, or to be frozen, found none',
    ],
    [
      'where NS are kept and move',
      { frozen: [{ role: 'statistic', branch: 'adv' }] },
      'frozen',
      'expected NS adv not to be frozen, because it is updated, found both',
    ],
    [
      'where no loss reaches AP',
      { terms: dualBn.terms.slice(1) },
      'terms',
      'expected a loss that reaches affine clean, or it to be frozen, found none',
    ],
    [
      'where an attack uses a cell that is not there',
      {
        sources: {
          ...dualBn.sources,
          adv: { kind: 'attack', cell: { ...cell, statistics: 'shared' } },
        },
      },
      'sources.adv.cell.statistics',
      "expected one of clean, adv, found 'shared'",
    ],
    [
      'where images are made that no pass takes',
      { sources: { ...dualBn.sources, noise: { kind: 'noise' } } },
      'sources.noise',
      'expected a pass that takes these images, found none',
    ],
    [
      'where kl has nothing to compare with',
      { terms: [...dualBn.terms, { weight: 1, loss: 'kl', pass: 'adv' }] },
      'terms.2.reference',
      'expected the pass that kl compares with, found none',
    ],
    [
      'where ce has',
      { terms: [...dualBn.terms, { weight: 1, loss: 'ce', pass: 'adv', reference: 'clean' }] },
      'terms.2.reference',
      "expected none, because ce compares with nothing, found 'clean'",
    ],
    [
      'where a word of the loss has no number',
      { terms: [...dualBn.terms, { ...divergence, weight: 'beta' }] },
      'beta',
      'expected a number, because terms.2 weighs by it, found none',
    ],
    [
      'where a single set has a name of its own',
      { sets: { ...dualBn.sets, heads: ['clean'] } },
      'sets.heads',
      'expected a single set to be called shared, found [clean]',
    ],
    [
      'where of several heads none is said',
      { sets: { ...dualBn.sets, heads: ['clean', 'adv'] } },
      'passes.adv.head',
      'expected one of clean, adv, found nothing',
    ],
    [
      'where an adapter is said and there is none',
      { passes: [clean, { ...adv, adapter: 'adv' }] },
      'passes.adv.adapter',
      "expected nothing, because there are none, found 'adv'",
    ],
    [
      'where something is kept that is not there',
      { frozen: [{ role: 'affine', branch: 'noise' }] },
      'frozen.0.branch',
      "expected one of clean, adv, found 'noise'",
    ],
    [
      'where adapters have a kind, but no branches',
      { network: { adapters: { kind: 'serial', rank: 'full' } } },
      'sets.adapters',
      'expected the branches of the adapters, found none',
    ],
    [
      'where a shared affine is followed by nothing of the branches',
      { sets: { ...dualBn.sets, affine: ['shared'] }, network: { normalization: { sandwich: true } } },
      'network.normalization.sandwich',
      'expected AP apart after the shared affine, found one set',
    ],
    ['without a loss', { terms: [] }, 'terms', 'expected a loss, found none'],
    [
      'where AP are clamped that are not there',
      { clamp: { affine: 'shared', within: 0.1 } },
      'clamp.affine',
      "expected one of clean, adv, found 'shared'",
    ],
  ];

  test.each(cases)('%s', (_, change, where, what) => {
    expect(regimeProblems({ ...dualBn, ...change })).toContainEqual({ where, what });
  });

  test('with all reasons at once', () => {
    const row: Regime = { ...dualBn, sources: { noise: { kind: 'noise' } }, statisticsUpdates: [] };
    expect(regimeProblems(row).map(({ where }) => where)).toEqual([
      'sources.noise',
      'passes.clean.source',
      'passes.adv.source',
      'statisticsUpdates',
      'statisticsUpdates',
      'sources',
    ]);
  });
});

test('a pass that only lends its statistics is reached by the loss of the one it lends them to', () => {
  expect(regimeProblems(regimeNamed('cross-at-clean'))).toEqual([]);
  const lending: Regime = {
    ...dualBn,
    passes: [clean, { ...adv, statistics: { batch: ['clean'] } }],
    terms: dualBn.terms.slice(1),
  };
  expect(regimeProblems(lending)).toEqual([]);
});

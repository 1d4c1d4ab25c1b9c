import { describe, expect, test } from 'vitest';
import type { Regime } from './regime.ts';
import { defineRegime } from './regime-problems.ts';
import { regimes } from './regimes.ts';
import { evaluationCells } from './setup.ts';

const base = regimes['dual-bn'];

/** One running NS that follows both batches at once, AP apart, each batch by its own statistics. */
const oneForBoth: Regime = {
  ...base,
  sets: { statistics: ['shared'], affine: ['clean', 'adv'] },
  sources: {
    clean: { kind: 'clean' },
    adv: { kind: 'attack', cell: { statistics: 'shared', affine: 'adv' } },
  },
  statisticsUpdates: [{ branch: 'shared', from: ['adv', 'clean'] }],
};

const withBranches = (sets: Partial<Regime['sets']>, ...updates: [branch: string, from: string[]][]) => ({
  ...oneForBoth,
  sets: { ...oneForBoth.sets, ...sets },
  sources: {
    clean: { kind: 'clean' },
    adv: { kind: 'attack', cell: { statistics: sets.statistics?.[0] ?? 'shared', affine: 'adv' } },
  } as const,
  statisticsUpdates: updates.map(([branch, from]) => ({ branch, from })),
});

describe('clean images are evaluated through the AP, adapter and head that they trained', () => {
  test('where one running NS follows both batches', () => {
    expect(evaluationCells(defineRegime(oneForBoth)).clean).toEqual({
      statistics: 'shared',
      affine: 'clean',
    });
  });

  test.each([
    ['adapters', 'adapter'],
    ['heads', 'head'],
  ] as const)('with %s, too', (axis, key) => {
    const regime = defineRegime({
      ...oneForBoth,
      sets: { statistics: ['shared'], affine: ['shared'], [axis]: ['clean', 'adv'] },
      ...(axis === 'adapters' ? { network: { adapters: { kind: 'serial', rank: 'full' } } } : {}),
      sources: {
        clean: { kind: 'clean' },
        adv: { kind: 'attack', cell: { statistics: 'shared', affine: 'shared', [key]: 'adv' } },
      },
      passes: base.passes.map((pass) => ({ ...pass, affine: 'shared', [key]: pass.name })),
    });
    expect(evaluationCells(regime)).toEqual({
      clean: { statistics: 'shared', affine: 'shared', [key]: 'clean' },
      robust: { statistics: 'shared', affine: 'shared', [key]: 'adv' },
    });
  });

  test.each([
    [
      'that follows just them, before one of both',
      withBranches({ statistics: ['both', 'own'] }, ['both', ['clean', 'adv']], ['own', ['clean']]),
      'own',
    ],
    [
      'of their own name, of two that do',
      withBranches({ statistics: ['adv', 'clean'] }, ['adv', ['clean']], ['clean', ['clean']]),
      'clean',
    ],
    [
      'that follows them among others, before one that does not',
      withBranches({ statistics: ['adv', 'both'] }, ['adv', ['adv']], ['both', ['adv', 'clean']]),
      'both',
    ],
    [
      'that follows them in turn with others',
      withBranches({}, ['shared', ['adv']], ['shared', ['clean']]),
      'shared',
    ],
  ])('behind the NS %s', (_, regime, statistics) => {
    expect(evaluationCells(defineRegime(regime)).clean).toEqual({ statistics, affine: 'clean' });
  });

  test('behind the NS of the mixture that normalizes them, or the one that follows most of it', () => {
    const passes = base.passes.map((pass) => ({ ...pass, statistics: { batch: ['adv', 'clean'] } }));
    const regime = {
      ...withBranches({ statistics: ['adv', 'both'] }, ['adv', ['adv']], ['both', ['clean', 'adv']]),
      passes,
    };
    expect(evaluationCells(regime).clean.statistics).toBe('both');
    const apart = {
      ...withBranches({ statistics: ['adv', 'clean'] }, ['adv', ['adv']], ['clean', ['clean']]),
      passes,
    };
    expect(evaluationCells(apart).clean).toEqual({ statistics: 'clean', affine: 'clean' });
  });
});

test('a regime that makes no sense is refused with all its problems', () => {
  expect(() => defineRegime({ ...base, statisticsUpdates: [], terms: [] })).toThrow(
    /makes no sense[\s\S]*NS clean to be updated[\s\S]*terms: expected a loss/,
  );
});

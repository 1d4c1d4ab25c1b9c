import { expect, test } from 'vitest';
import { runGroups } from './seeds.ts';
import { syntheticRun } from './testing/synthetic-run.ts';

const run = (name: string, regime: string, attack: string, seed: number) => {
  const made = syntheticRun(name, regime, 1, seed);
  return { ...made, recipe: `${regime} ${attack}`, summary: { ...made.summary, 'training attack': attack } };
};

test('runs that differ in the seed alone are a group, named by the regime', () => {
  const groups = runGroups([
    run('a', 'hybrid', 'PGD-3', 0),
    run('b', 'dual-bn', 'PGD-3', 0),
    run('c', 'hybrid', 'PGD-3', 1),
  ]);
  expect(groups.map(({ label, runs }) => [label, runs.map(({ name }) => name)])).toEqual([
    ['hybrid', ['a', 'c']],
    ['dual-bn', ['b']],
  ]);
});

test('groups of one regime are told apart by what differs, and by number where nothing shown does', () => {
  const groups = runGroups([
    run('a', 'hybrid', 'PGD-3', 0),
    run('b', 'hybrid', 'PGD-7', 0),
    { ...run('c', 'hybrid', 'PGD-7', 0), recipe: 'another learning rate' },
  ]);
  expect(groups.map(({ label }) => label)).toEqual(['hybrid, PGD-3', 'hybrid, PGD-7', 'hybrid, PGD-7 (2)']);
});

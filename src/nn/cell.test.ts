import { describe, expect, test } from 'vitest';
import { cellLabel, gridOf, sameCell } from './cell.ts';

const both = ['clean', 'adv'];

describe('the grid', () => {
  test('has any number of branches on each axis', () => {
    const grid = gridOf({ sets: { statistics: ['clean', 'adv', 'noise'], affine: both } });
    expect(grid).toHaveLength(6);
    expect(grid.at(-1)).toEqual({ statistics: 'noise', affine: 'adv' });
  });

  test('says adapter and head only where there are several', () => {
    const one = { statistics: ['shared'], affine: ['shared'] };
    expect(gridOf({ sets: { ...one, adapters: ['shared'], heads: ['shared'] } })).toEqual([
      { statistics: 'shared', affine: 'shared' },
    ]);
    expect(gridOf({ sets: { ...one, heads: both } })).toEqual([
      { statistics: 'shared', affine: 'shared', head: 'clean' },
      { statistics: 'shared', affine: 'shared', head: 'adv' },
    ]);
  });

  test('an adapter goes with the head of its name, and one that has none with all', () => {
    const sets = {
      statistics: ['shared'],
      affine: ['shared'],
      adapters: ['clean', 'adv', 'noise'],
      heads: both,
    };
    expect(gridOf({ sets }).map(({ adapter, head }) => `${adapter} ${head}`)).toEqual([
      'clean clean',
      'adv adv',
      'noise clean',
      'noise adv',
    ]);
  });
});

test('a cell is written for people', () => {
  expect(cellLabel({ statistics: 'adv', affine: 'clean' })).toBe('NS adv, AP clean');
  const more = { statistics: 'shared', affine: 'shared', adapter: 'adv', head: 'clean' };
  expect(cellLabel(more)).toBe('NS shared, AP shared, adapter adv, head clean');
});

test('cells are the same if they choose the same of everything', () => {
  const cell = { statistics: 'shared', affine: 'shared', head: 'adv' };
  expect(sameCell(cell, { ...cell })).toBe(true);
  expect(sameCell(cell, { ...cell, head: 'clean' })).toBe(false);
  expect(sameCell(cell, { statistics: 'shared', affine: 'shared' })).toBe(false);
});

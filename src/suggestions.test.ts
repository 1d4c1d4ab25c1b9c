import { expect, it } from 'vitest';
import { didYouMean, nearest } from './problems.ts';

const names = ['dual-bn', 'dual-ns', 'dual-ap', 'madry', 'hybrid', 'hybrid-two-pass'];

it.each([
  ['dual-np', 'dual-ns'],
  ['Madry', 'madry'],
  ['hybird', 'hybrid'],
  ['hybrid-twopass', 'hybrid-two-pass'],
  ['dualbn', 'dual-bn'],
])('%s is near %s', (word, expected) => {
  expect(nearest(word, names)).toBe(expected);
});

it.each(['trades', 'xyz', '', 'a'])('%s is near none', (word) => {
  expect(nearest(word, names)).toBeUndefined();
  expect(didYouMean(word, names)).toBe('');
});

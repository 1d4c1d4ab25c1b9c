import { expect, it } from 'vitest';
import { didYouMean, nearest, thereIsNo } from './suggestions.ts';

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

it('begins an error about an unknown name', () => {
  expect(thereIsNo('regime', 'hybird', names)).toBe("there is no regime 'hybird'; did you mean hybrid?");
  expect(thereIsNo('regime', 'xyz', names)).toBe("there is no regime 'xyz'");
});

import { expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { groupAttacks } from './attack-runs.ts';

const runs = (names: readonly string[]) =>
  groupAttacks(names, 8 / 255).map(({ options, reported }) => [
    options.steps,
    reported.map(({ name, steps }) => `${name}@${steps}`).join(' '),
  ]);

test('attacks that differ in their number of steps alone share a run', () => {
  expect(runs(['pgd-20', 'pgd-5', 'pgd-10'])).toEqual([[20, 'pgd-5@5 pgd-10@10 pgd-20@20']]);
});

test('another step size, loss or start makes a run of its own', () => {
  expect(runs(['fgsm', 'fgsm-rs', 'pgd-10', 'margin-10', 'noise', 'pgd-20', 'gaussian-noise'])).toEqual([
    [1, 'fgsm@1'],
    [1, 'fgsm-rs@1'],
    [20, 'pgd-10@10 pgd-20@20'],
    [10, 'margin-10@10'],
    [0, 'noise@0'],
    [0, 'gaussian-noise@0'],
  ]);
});

test('the schedule of a search depends on its length, so that each is a run of its own', () => {
  expect(runs(['square-10', 'square-20'])).toEqual([
    [10, 'square-10@10'],
    [20, 'square-20@20'],
  ]);
});

test('restarts and targets tried one after another make a run of their own: the second try of few steps is not in many', () => {
  expect(runs(['pgd-10', 'pgd-20-x2', 'pgd-10-x2', 'pgd-10-every-other', 'pgd-20-every-other'])).toEqual([
    [10, 'pgd-10@10'],
    [20, 'pgd-20-x2@20'],
    [10, 'pgd-10-x2@10'],
    [10, 'pgd-10-every-other@10'],
    [20, 'pgd-20-every-other@20'],
  ]);
  expect(runs(['pgd-10-least-likely', 'pgd-20-least-likely', 'pgd-20-to-3'])).toEqual([
    [20, 'pgd-10-least-likely@10 pgd-20-least-likely@20'],
    [20, 'pgd-20-to-3@20'],
  ]);
});

test('a name twice is one attack, and no name no run', () => {
  expect(runs(['pgd-10', 'pgd-10'])).toEqual([[10, 'pgd-10@10']]);
  expect(runs([])).toEqual([]);
});

test('attacks of two norms are refused: they have no epsilon in common', () => {
  expect(() => runs(['pgd-10', 'pgd-10-l2'])).toThrow(InputError);
  expect(() => runs(['pgd-10', 'pgd-10-l2'])).toThrow(/linf and l2.*one norm at a time/);
  expect(runs(['pgd-10-l2', 'pgd-20-l2'])).toEqual([[20, 'pgd-10-l2@10 pgd-20-l2@20']]);
});

test('a name that is no attack is refused with those there are', () => {
  expect(() => runs(['pgd-10', 'autoattak'])).toThrow(/'autoattak'(.|\n)*fgsm, pgd-<N>/);
});

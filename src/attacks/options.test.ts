import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { type AttackOptions, attackForms, checkAttack, namedAttack } from './options.ts';

const epsilon = 8 / 255;
const uniform = { kind: 'uniform' };
const pgd = { norm: 'linf', epsilon, stepSize: epsilon / 4, start: uniform, loss: 'ce', restarts: 1 };

const meanings: readonly (readonly [string, object])[] = [
  ['fgsm', { ...pgd, steps: 1, stepSize: 1.25 * epsilon }],
  ['pgd-1', { ...pgd, steps: 1 }],
  ['pgd-10', { ...pgd, steps: 10 }],
  ['pgd-100', { ...pgd, steps: 100 }],
  ['pgd-20-l2', { ...pgd, steps: 20, norm: 'l2' }],
  ['margin-20', { ...pgd, steps: 20, loss: 'margin' }],
  [
    'square-1000',
    { ...pgd, steps: 1000, stepSize: 0, start: { kind: 'none' }, loss: 'margin', search: 'square' },
  ],
  [
    'square-50-l2',
    { ...pgd, steps: 50, stepSize: 0, start: { kind: 'none' }, norm: 'l2', loss: 'margin', search: 'square' },
  ],
  ['noise', { ...pgd, steps: 0, stepSize: 0 }],
  ['gaussian-noise', { ...pgd, steps: 0, stepSize: 0, start: { kind: 'gaussian', deviation: epsilon / 2 } }],
];

test.each(meanings)('%s has a meaning', (name, options) => {
  expect(namedAttack(name, epsilon)).toEqual(options);
});

test('every form that help lists has one', () => {
  for (const form of attackForms)
    expect(namedAttack(form.replace('<N>', '3'), epsilon).epsilon).toBe(epsilon);
});

const badNames = ['', 'pdg-10', 'pgd', 'pgd-', 'pgd-0', 'pgd--1', 'pgd-1.5', 'pgd-010', 'pgd-10-linf'];

test.each([...badNames, 'PGD-10', 'fgsm-1', 'margin-20-l2', 'noise-l2', 'pgd-10 ', 'square', 'square-0'])(
  "the name '%s' is refused, with the names there are",
  (name) => {
    expect(() => namedAttack(name, epsilon)).toThrow(InputError);
    expect(() => namedAttack(name, epsilon)).toThrow(/fgsm, pgd-<N>/);
  },
);

describe('options', () => {
  const sound = namedAttack('pgd-10', epsilon);

  test.each<readonly [string, Partial<AttackOptions>]>([
    ['epsilon', { epsilon: -0.1 }],
    ['epsilon', { epsilon: 8 }],
    ['epsilon', { epsilon: Number.NaN }],
    ['epsilon', { epsilon: Number.POSITIVE_INFINITY, norm: 'l2' }],
    ['stepSize', { stepSize: -1 }],
    ['stepSize', { stepSize: Number.NaN }],
    ['steps', { steps: 1.5 }],
    ['steps', { steps: -1 }],
    ['restarts', { restarts: 0 }],
  ])('a bad %s is refused: %o', (where, bad) => {
    expect(() => checkAttack({ ...sound, ...bad })).toThrow(InputError);
    expect(() => checkAttack({ ...sound, ...bad })).toThrow(where);
  });

  test('an L2 radius may pass 1', () => {
    expect(() => checkAttack({ ...sound, norm: 'l2', epsilon: 2 })).not.toThrow();
  });

  test('all problems are listed at once', () => {
    expect(() => checkAttack({ ...sound, steps: -1, restarts: 0 })).toThrow(/steps.*\n.*restarts/);
  });
});

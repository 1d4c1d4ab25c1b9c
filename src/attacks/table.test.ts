import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { AttackOptions } from './definition.ts';
import { pgdAttack } from './pgd.ts';
import { ascentOptions, attackForms, attackTable, checkAttack, definitionOf, namedAttack } from './table.ts';

const epsilon = 8 / 255;
const uniform = { kind: 'uniform' };
const common = { norm: 'linf', epsilon, restarts: 1 };
const pgd = { ...common, name: 'pgd', stepSize: epsilon / 4, start: uniform, loss: 'ce' };

const meanings: readonly (readonly [string, object])[] = [
  ['fgsm', { ...pgd, steps: 1, stepSize: epsilon, start: { kind: 'none' } }],
  ['fgsm-rs', { ...pgd, steps: 1, stepSize: 1.25 * epsilon }],
  ['pgd-1', { ...pgd, steps: 1 }],
  ['pgd-10', { ...pgd, steps: 10 }],
  ['pgd-1000000', { ...pgd, steps: 1_000_000 }],
  ['pgd-20-l2', { ...pgd, steps: 20, norm: 'l2' }],
  ['margin-20', { ...pgd, steps: 20, loss: 'margin' }],
  ['square-1000', { ...common, name: 'square', steps: 1000, rescale: false }],
  ['square-50-l2', { ...common, name: 'square', steps: 50, norm: 'l2', rescale: false }],
  ['square-50-l1', { ...common, name: 'square', steps: 50, norm: 'l1', rescale: false }],
  ['noise', { ...common, name: 'noise', steps: 0, start: uniform }],
  [
    'gaussian-noise',
    { ...common, name: 'noise', steps: 0, start: { kind: 'gaussian', deviation: epsilon / 2 } },
  ],
];

test.each(meanings)('%s has a meaning', (name, options) => {
  expect(namedAttack(name, epsilon)).toEqual(options);
});

test('every form that help lists stands for complete options', () => {
  for (const form of attackForms) {
    const options = namedAttack(form.replace('<N>', '3'), epsilon);
    expect(definitionOf(options.name).complete(options)).toEqual(options);
  }
});

test('the documentation says what each stands for', () => {
  const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');
  for (const { name, forms, options } of attackTable) {
    for (const { form, summary } of forms) expect(text).toContain(`| \`${form}\` | ${summary} |`);
    const common = ['name', 'norm', 'epsilon', 'steps', 'restarts'];
    const own = Object.keys(z.toJSONSchema(options).properties ?? {}).filter((key) => !common.includes(key));
    const [row] = text
      .split('\n')
      .filter((line) => /^\| `[\w-]+` \| (gradients|logits) /.test(line) && line.includes(`\`${name}\``));
    for (const option of own) expect(row).toContain(`\`${option}\``);
  }
});

test('every option says what it is', () => {
  for (const { options } of attackTable) {
    const { properties = {} } = z.toJSONSchema(options);
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(['name', 'norm', 'epsilon', 'steps', 'restarts']),
    );
    for (const property of Object.values(properties)) expect(property).toHaveProperty('description');
  }
});

const badNames = ['', 'pdg-10', 'pgd', 'pgd-', 'pgd-0', 'pgd--1', 'pgd-1.5', 'pgd-010', 'pgd-10-linf'];

test.each([
  ...badNames,
  'PGD-10',
  'fgsm-1',
  'margin-20-l2',
  'noise-l2',
  'pgd-10 ',
  'square',
  'square-0',
  'pgd-1000001',
  'pgd-99999999999999999999',
  'pgd-1e3',
])("the name '%s' is refused, with the names there are", (name) => {
  expect(() => namedAttack(name, epsilon)).toThrow(InputError);
  expect(() => namedAttack(name, epsilon)).toThrow(/fgsm, pgd-<N>/);
});

describe('options', () => {
  const sound = namedAttack('pgd-10', epsilon);

  test.each([
    ['epsilon', { epsilon: -0.1 }],
    ['epsilon', { epsilon: 8 }],
    ['epsilon', { epsilon: Number.NaN }],
    ['epsilon', { epsilon: Number.POSITIVE_INFINITY, norm: 'l2' }],
    ['stepSize', { stepSize: -1 }],
    ['stepSize', { stepSize: Number.NaN }],
    ['steps', { steps: 1.5 }],
    ['steps', { steps: -1 }],
    ['steps', { steps: 1e20 }],
    ['restarts', { restarts: 0 }],
    ['loss', { loss: 'nll' }],
    ['norm', { norm: 'l1' }],
    ['stpes', { stpes: 3 }],
    ['start.deviation', { start: { kind: 'gaussian', deviation: -1 } }],
  ])('a bad %s is refused: %o', (where, bad) => {
    const options: AttackOptions = { ...sound, ...bad } as AttackOptions;
    expect(() => checkAttack(options)).toThrow(InputError);
    expect(() => checkAttack(options)).toThrow(`  ${where}: `);
  });

  test('an L2 radius may pass 1', () => {
    expect(() => checkAttack({ ...sound, norm: 'l2', epsilon: 2 })).not.toThrow();
  });

  test('all problems are listed at once', () => {
    expect(() => checkAttack({ ...sound, steps: -1, restarts: 0 })).toThrow(/steps.*\n.*restarts/);
  });

  test('what is left out follows epsilon', () => {
    expect(pgdAttack.complete({ epsilon: 0.4, norm: 'l2' })).toMatchObject({
      stepSize: 0.1,
      steps: 10,
      norm: 'l2',
    });
  });

  test('an attack that is not in the table is refused', () => {
    expect(() => checkAttack({ ...sound, name: 'fgm' })).toThrow(
      /no attack 'fgm': use one of pgd, apgd, apgd-t, fab, fab-t, ddn, fmn, square, noise/,
    );
  });
});

describe('as an ascent', () => {
  test('noise is one of no steps, PGD is itself', () => {
    const pgd = namedAttack('pgd-3', epsilon);
    expect(ascentOptions(pgd)).toEqual(pgd);
    expect(ascentOptions(namedAttack('gaussian-noise', 0.2))).toMatchObject({
      name: 'pgd',
      steps: 0,
      start: { kind: 'gaussian', deviation: 0.1 },
    });
  });

  test('a random search is none', () => {
    expect(() => ascentOptions(namedAttack('square-5', epsilon))).toThrow(/square is no ascent.*pgd-<N>/);
  });
});

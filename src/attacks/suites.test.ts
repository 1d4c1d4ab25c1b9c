import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { attackSuites, suiteForms, suiteFormsOf, suiteNamed } from './suites.ts';
import { attackForms, checkAttack, definitionOf } from './table.ts';

const stagesOf = (name: string) =>
  suiteNamed(name, 0.1)?.stages.map(({ stage, options }) => ({ stage, ...options }));

test.each(suiteForms)('every stage of %s is a sound attack of its norm', (name) => {
  const suite = suiteNamed(name, 0.1);
  expect(suite?.stages.length).toBeGreaterThan(0);
  for (const { options } of suite?.stages ?? []) {
    expect(() => checkAttack(options)).not.toThrow();
    expect(definitionOf(options.name).complete(options)).toEqual(options);
    expect(options).toMatchObject({ norm: suite?.norm, epsilon: 0.1 });
  }
});

test('no suite takes the name of an attack or of another suite', () => {
  expect(new Set([...suiteForms, ...attackForms]).size).toBe(suiteForms.length + attackForms.length);
});

test('what is no suite is none', () => {
  for (const name of ['pgd-10', 'apgd-ce', 'aa-fast-linf', 'AA-fast', ''])
    expect(suiteNamed(name, 0.1)).toBeUndefined();
});

test('aa-fast is APGD on cross-entropy, then towards nine classes', () => {
  const apgd = { norm: 'linf', epsilon: 0.1, steps: 100, restarts: 1 };
  expect(stagesOf('aa-fast')).toEqual([
    { stage: 'apgd-ce', name: 'apgd', ...apgd, loss: 'ce', eot: 1 },
    { stage: 'apgd-t', name: 'apgd-t', ...apgd, targets: 9 },
  ]);
});

/** Stages and what they are, but for what is a default. */
const short = (name: string) =>
  stagesOf(name)?.map(({ stage, name: attack, restarts, steps, ...more }) =>
    [stage, attack, steps, restarts, 'targets' in more ? more.targets : '', 'loss' in more ? more.loss : '']
      .join(' ')
      .trim(),
  );

// fra31/auto-attack, autoattack.py: set_version.
test('aa is the standard version, in L1 with five restarts and five targets', () => {
  const rest = ['fab-t fab-t 100 1 9', 'square-5000 square 5000 1'];
  const standard = ['apgd-ce apgd 100 1  ce', 'apgd-t apgd-t 100 1 9', ...rest];
  expect(short('aa')).toEqual(standard);
  expect(short('aa-l2')).toEqual(standard);
  expect(short('aa-l1')).toEqual(['apgd-ce apgd 100 5  ce', 'apgd-t apgd-t 100 1 5', ...rest]);
  expect(short('aa-fast-l1')).toEqual(short('aa-l1')?.slice(0, 2));
});

test('aa-plus has six attacks, the untargeted ones with five restarts, and no L1', () => {
  expect(short('aa-plus')).toEqual([
    'apgd-ce apgd 100 5  ce',
    'apgd-dlr apgd 100 5  dlr',
    'fab fab 100 5',
    'square-5000 square 5000 1',
    'apgd-t apgd-t 100 1 9',
    'fab-t fab-t 100 1 9',
  ]);
  expect(suiteNamed('aa-plus-l1', 0.1)).toBeUndefined();
});

test('aa-rand is APGD on two losses, gradients being means over 20 passes', () => {
  expect(stagesOf('aa-rand-l2')).toMatchObject([
    { stage: 'apgd-ce', loss: 'ce', eot: 20, restarts: 1, norm: 'l2' },
    { stage: 'apgd-dlr', loss: 'dlr', eot: 20, restarts: 1, norm: 'l2' },
  ]);
});

test('the documentation says what each is', () => {
  const text = readFileSync(new URL('../../docs/attacks.md', import.meta.url), 'utf8');
  for (const { form, summary } of suiteFormsOf(attackSuites))
    expect(text).toContain(`| \`${form}\` | ${summary} |`);
});

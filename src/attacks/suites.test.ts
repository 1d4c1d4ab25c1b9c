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

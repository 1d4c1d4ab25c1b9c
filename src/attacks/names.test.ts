import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { namedAttack, namedForms, withRestarts } from './names.ts';
import { attackTable, checkAttack } from './table.ts';
import { momentumAttack } from './testing/momentum.ts';

const epsilon = 8 / 255;
const differences = (name: string, from: string) => {
  const [options, before] = [namedAttack(name, epsilon), namedAttack(from, epsilon)];
  const old = new Map(Object.entries(before));
  return Object.fromEntries(Object.entries(options).filter(([key, value]) => value !== old.get(key)));
};

describe('what stands behind a form changes what it says, and nothing else', () => {
  test.each([
    ['pgd-20-x5', 'pgd-20', { restarts: 5 }],
    ['pgd-20-l2-x10000', 'pgd-20-l2', { restarts: 10_000 }],
    ['apgd-ce-x2', 'apgd-ce', { restarts: 2 }],
    ['square-100-l2-x3', 'square-100-l2', { restarts: 3 }],
    ['fgsm-rs-x7', 'fgsm-rs', { restarts: 7 }],
    ['fgsm-least-likely', 'fgsm', { target: 'least-likely' }],
    ['pgd-20-every-other', 'pgd-20', { target: 'every-other' }],
    ['dlr-20-to-0', 'dlr-20', { target: 0 }],
    ['margin-20-to-12-x5', 'margin-20', { target: 12, restarts: 5 }],
  ])('%s', (name, from, expected) => {
    const { start: _, ...found } = differences(name, from);
    expect(found).toEqual(expected);
    expect(() => checkAttack(namedAttack(name, epsilon))).not.toThrow();
  });

  test('in attacks from outside too', () => {
    expect(namedAttack('mifgsm-7-x3', epsilon, [momentumAttack])).toMatchObject({ steps: 7, restarts: 3 });
  });
});

test.each([
  ...['pgd-20-x1', 'pgd-20-x0', 'pgd-20-x05', 'pgd-20-x10001', 'pgd-20-x', 'pgd-20x5', 'pgd-20-x5-x5'],
  ...['pgd-20-to-', 'pgd-20-to-x', 'pgd-20-to--1', 'pgd-20-to-01', 'pgd-20-x5-to-3', 'pgd-20-to-3-to-4'],
  ...['square-100-least-likely', 'apgd-ce-to-1', '-x5', 'noise-every-other'],
])("the name '%s' is refused, with what there is", (name) => {
  expect(() => namedAttack(name, epsilon)).toThrow(InputError);
  expect(() => namedAttack(name, epsilon)).toThrow(/pgd-<N>.*-every-other, -to-<C>, -x<R> \(2 to 10000\)/);
});

test.each([
  ['pgd20', 'pgd-20'],
  ['pdg-100-l2', 'pgd-100-l2'],
  ['pgd', 'pgd-<N>'],
  ['pgd-0', 'pgd-<N>'],
  ['agpd-ce', 'apgd-ce'],
  ['squre-5000', 'square-5000'],
])("for '%s' the error asks whether %s was meant", (name, meant) => {
  expect(() => namedAttack(name, epsilon)).toThrow(`there is no attack '${name}'; did you mean ${meant}?`);
});

test.each(['fgsm-x5', 'fgsm-least-likely-x2', 'fgsm-every-other-x2'])(
  '%s is refused, as nothing would differ',
  (name) => {
    expect(() => namedAttack(name, epsilon)).toThrow(InputError);
    expect(() => namedAttack(name, epsilon)).toThrow(/cannot be restarted: it draws nothing.*leave out -x/);
  },
);

test('restarts that would find the same again are refused in options, whatever the attack', () => {
  const still = { ...namedAttack('pgd-5', epsilon), ...{ start: { kind: 'none' } } };
  expect(() => checkAttack({ ...still, restarts: 3 })).toThrow(/restarts: expected 1, as it draws nothing/);
  expect(() => checkAttack({ ...namedAttack('noise', 0.1), restarts: 3 })).not.toThrow();
  expect(() => checkAttack(still)).not.toThrow();
});

describe('restarts for all attacks at once', () => {
  test('go to those that draw and say no number themselves', () => {
    expect(withRestarts(['fgsm', 'pgd-20', 'apgd-t', 'noise-x2', 'pgd-5-to-1'], 5)).toEqual([
      ...['fgsm', 'pgd-20-x5', 'apgd-t-x5', 'noise-x2', 'pgd-5-to-1-x5'],
    ]);
    expect(withRestarts(['aa-fast', 'apgd-dlr-l2'], 5)).toEqual(['aa-fast', 'apgd-dlr-l2-x5']);
    expect(withRestarts(['fgsm', 'pgd-20'], 1)).toEqual(['fgsm', 'pgd-20']);
  });

  test('are refused where none draws, and outside their range', () => {
    for (const none of [['fgsm'], ['fgsm', 'fgsm-to-1'], ['aa-fast'], ['pgd-2-x5']])
      expect(() => withRestarts(none, 5)).toThrow(/attacks that draw.*none is/);
    for (const bad of [0, 1.5, -1, 10_001, Number.NaN])
      expect(() => withRestarts(['pgd-2'], bad)).toThrow(/from 1 to 10000/);
    expect(() => withRestarts(['pdg-2'], 5)).toThrow(/no attack 'pdg-2'/);
  });
});

test('forms of help are names of something', () => {
  const names = namedForms(attackTable).map(({ name }) => name);
  expect(names).toContain('...-x<R>');
  expect(new Set(names).size).toBe(names.length);
});

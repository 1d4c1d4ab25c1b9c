import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { refusedIn, refuseUnusableValues } from './weight-values.ts';

const check = (tensors: Readonly<Record<string, readonly number[]>>) => () =>
  refuseUnusableValues(
    'file',
    Object.entries(tensors).map(([name, values]) => ({
      name,
      values: Float32Array.from(values),
      refused: refusedIn(name),
    })),
  );

describe('values of a network', () => {
  test('pass where they are finite and no variance is negative', () => {
    expect(
      check({ 'bn1.running_var': [0, -0, 3e38], 'bn1.running_mean': [-1], 'x.running_var.y': [-1] }),
    ).not.toThrow();
  });

  test.each([
    ['bn1.running_var', [1, -0.25, -2], '2 of 3 values are negative, of a variance: -0.25 at index 1'],
    ['running_var', [-0.5], '1 of 1 values is negative, of a variance: -0.5 at index 0'],
    ['bn1.adv.running_var', [1, Number.NaN], '1 of 2 values is NaN: NaN at index 1'],
    ['fc.weight', [0, 0, -Infinity], '1 of 3 values is infinite: -Infinity at index 2'],
  ])('of %s: %j are refused', (name, values, what) => {
    const checked = check({ sound: [1], [name]: values });
    expect(checked).toThrow(InputError);
    expect(checked).toThrow(`file holds unusable values; the file itself is so:\n  ${name}: ${what}`);
  });

  test('of a whole network are told in a few lines', () => {
    const all = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`w${at}`, [Number.NaN]]));
    expect(check(all)).toThrow(/w0: [\s\S]*w7: .*\n {2}\.\.\.: and 52 more$/);
  });
});

import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { makeNetwork } from './networks/table.ts';
import {
  initialValue,
  kaimingFanOut,
  type NetworkVariable,
  refusedIn,
  refuseUnusableValues,
} from './variables.ts';

const images = { channels: 3, height: 8, width: 8 };
const both = ['clean', 'adv'];
const network = makeNetwork('resnet18', {
  images,
  classes: 10,
  width: 16,
  sets: { statistics: both, affine: both },
});

const named = (wanted: string): NetworkVariable => {
  const found = network.variables.find(({ name }) => name === wanted);
  if (!found) throw new Error(`no variable ${wanted}`);
  return found;
};

const deviation = (values: Float32Array) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length);
};

describe('initial values', () => {
  test('depend on the seed and the name alone', () => {
    const weight = named('layer1.0.conv2.weight');
    expect(initialValue(weight, 7)).toEqual(initialValue(weight, 7));
    expect(initialValue(weight, 7)).not.toEqual(initialValue(weight, 8));
    expect(initialValue(weight, 7)).not.toEqual(initialValue({ ...weight, name: 'other' }, 7));
    const plain = makeNetwork('resnet18', { images, classes: 10, width: 16 });
    const same = plain.variables.find(({ name }) => name === weight.name);
    expect(same && initialValue(same, 7)).toEqual(initialValue(weight, 7));
  });

  test.each([
    'conv1.weight',
    'layer2.0.conv1.weight',
    'layer4.1.conv2.weight',
    'layer3.0.downsample.0.weight',
  ])('%s is Kaiming-normal over the outgoing connections', (name) => {
    const weight = named(name);
    const [k = 1, , r = 1, s = 1] = weight.shape;
    const values = initialValue(weight, 0);
    const expected = Math.sqrt(2 / (k * r * s));
    // The deviation of n normal numbers is off by about 1 / sqrt(2 n) of itself: four of those.
    const slack = 4 / Math.sqrt(2 * values.length);
    expect(Math.abs(deviation(values) / expected - 1)).toBeLessThan(slack);
    expect(Math.abs(values.reduce((a, b) => a + b, 0) / values.length)).toBeLessThan(
      (4 * expected) / Math.sqrt(values.length),
    );
  });

  test('the fan out of [K, C, R, S] is K R S: 3x3 to 32 channels start at sqrt(2 / 288)', () => {
    expect(kaimingFanOut([32, 5, 3, 3])).toEqual({ kind: 'normal', deviation: Math.sqrt(2 / 288) });
  });

  test('gamma 1, beta 0, running mean 0, running variance 1, in every branch', () => {
    const starts: [RegExp, number][] = [
      [/bn\d\.(clean|adv)\.weight$/, 1],
      [/bn\d\.(clean|adv)\.bias$/, 0],
      [/\.running_mean$/, 0],
      [/\.running_var$/, 1],
    ];
    for (const [pattern, value] of starts) {
      const matching = network.variables.filter(({ name }) => pattern.test(name));
      expect(matching.length).toBeGreaterThan(30);
      for (const variable of matching) expect(new Set(initialValue(variable, 0))).toEqual(new Set([value]));
    }
  });

  test('the head is uniform within 1 / sqrt(inputs), weight and bias', () => {
    const weight = initialValue(named('fc.weight'), 0);
    const bound = 1 / Math.sqrt(128);
    const largest = weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.98 * bound);
    expect(deviation(weight)).toBeCloseTo(bound / Math.sqrt(3), 2);
    expect(initialValue(named('fc.bias'), 0).every((value) => Math.abs(value) <= bound)).toBe(true);
  });
});

describe('roles and branches', () => {
  test('convolutions and the head are shared, NS and AP belong to their branch', () => {
    const rolesOf = (branch: string) =>
      [...new Set(network.variables.filter((v) => v.branch === branch).map(({ role }) => role))].sort();
    expect(rolesOf('shared')).toEqual(['head', 'weight']);
    expect(rolesOf('clean')).toEqual(['affine', 'statistic']);
    expect(rolesOf('adv')).toEqual(['affine', 'statistic']);
  });
});

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

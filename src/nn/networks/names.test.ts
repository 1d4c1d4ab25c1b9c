import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { showShape, sizeOf } from '../../graph/index.ts';
import { initialValue, type NetworkName, networkNames, trainableRoles } from '../index.ts';
import { makeNetwork } from './table.ts';

const images = { channels: 3, height: 32, width: 32 };
const both = ['clean', 'adv'];

/**
 * PyTorch's state dicts: network, normalization, tensors, parameters, and a hash of names and shapes, as printed by
 * bench/parity/names.py. ResNet-18, ResNet-50 and the wide ones have the published numbers of parameters.
 */
const stateDicts: readonly [NetworkName, 'bn' | 'dual-bn', number, number, string][] = [
  ['resnet8', 'bn', 47, 78042, '09e5e50db9c7bcd5'],
  ['resnet8', 'dual-bn', 83, 78714, 'f9fdab7bd61d0a60'],
  ['resnet10', 'bn', 62, 308826, '1a45de2be57b9591'],
  ['resnet10', 'dual-bn', 110, 310266, '2e189674b8f0b9cf'],
  ['resnet20', 'bn', 107, 272474, 'bcdad41d640090f8'],
  ['resnet20', 'dual-bn', 191, 274042, '74ae906262d1c8a5'],
  ['resnet18', 'bn', 102, 11173962, '01b6eaee042b8a19'],
  ['resnet18', 'dual-bn', 182, 11183562, '9051a7414f907e28'],
  ['resnet50', 'bn', 267, 23520842, '07e4448876c5f61d'],
  ['resnet50', 'dual-bn', 479, 23573962, 'f59c6baaf5ea8643'],
  ['preact-resnet18', 'bn', 90, 11172170, '624fdac4916b2ff7'],
  ['preact-resnet18', 'dual-bn', 158, 11179978, 'c81ab64a283c8cef'],
  ['wrn-28-10', 'bn', 130, 36479194, '8700813a59ef49dd'],
  ['wrn-28-10', 'dual-bn', 230, 36497146, '1c6299107a8fdc07'],
  ['wrn-34-10', 'bn', 160, 46160474, '636fe7f8062f7228'],
  ['wrn-34-10', 'dual-bn', 284, 46182906, '769af1dbaa52a499'],
];

/** The first half of a SHA-256 of sorted lines 'name [shape]'. */
function hashOf(variables: readonly { name: string; shape: readonly number[] }[]): string {
  const lines = variables.map(({ name, shape }) => `${name} ${showShape(shape)}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex').slice(0, 16);
}

describe('variables are named and shaped as in PyTorch', () => {
  test.each(stateDicts)('%s with %s', (name, normalization, tensors, parameters, hash) => {
    const sets = normalization === 'dual-bn' ? { sets: { statistics: both, affine: both } } : {};
    const { variables } = makeNetwork(name, { images, classes: 10, ...sets });
    expect(variables).toHaveLength(tensors);
    const trained = variables.filter(({ role }) => trainableRoles.includes(role));
    expect(trained.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(parameters);
    expect(hashOf(variables)).toBe(hash);
  });

  test('every network is in the list', () => {
    expect([...new Set(stateDicts.map(([name]) => name))].sort()).toEqual([...networkNames].sort());
  });

  test('a plain network declares them in the order of PyTorch', () => {
    const { variables } = makeNetwork('resnet18', { images, classes: 10 });
    expect(variables.slice(0, 7).map(({ name }) => name)).toEqual([
      'conv1.weight',
      'bn1.weight',
      'bn1.bias',
      'bn1.running_mean',
      'bn1.running_var',
      'layer1.0.conv1.weight',
      'layer1.0.bn1.weight',
    ]);
    expect(variables.slice(-2).map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
  });

  test('one axis apart and the other shared: only the first carries the branch in its name', () => {
    const namesWith = (statistics: string[], affine: string[]) =>
      makeNetwork('resnet8', { images, classes: 10, sets: { statistics, affine } })
        .variables.map(({ name }) => name)
        .filter((name) => name.startsWith('bn1.'))
        .sort();
    expect(namesWith(both, ['shared'])).toEqual([
      'bn1.adv.running_mean',
      'bn1.adv.running_var',
      'bn1.bias',
      'bn1.clean.running_mean',
      'bn1.clean.running_var',
      'bn1.weight',
    ]);
    expect(namesWith(['shared'], both)).toEqual([
      'bn1.adv.bias',
      'bn1.adv.weight',
      'bn1.clean.bias',
      'bn1.clean.weight',
      'bn1.running_mean',
      'bn1.running_var',
    ]);
  });
});

/** Of names, roles, branches and first values, in order: what checkpoints and resumed runs rely on, bit by bit. */
test.each([
  ['resnet10', 'bn', '3ae46e3167dd2030'],
  ['resnet10', 'dual-bn', '371ea91194aeca4e'],
  ['resnet50', 'bn', '9b17363097579881'],
  ['preact-resnet18', 'dual-bn', '31833766d608170a'],
  ['wrn-28-10', 'dual-bn', '6a5311dfefbe574a'],
])('%s with %s starts as it always did', (name, normalization, expected) => {
  const branches = normalization === 'bn' ? ['shared'] : both;
  const sets = { statistics: branches, affine: branches };
  const hash = createHash('sha256');
  for (const each of makeNetwork(name, { images, classes: 10, width: 4, sets }).variables)
    hash.update(`${each.name} ${each.role} ${each.branch}\n`).update(initialValue(each, 3));
  expect(hash.digest('hex').slice(0, 16)).toBe(expected);
});

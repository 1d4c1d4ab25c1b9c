import { describe, expect, test } from 'vitest';
import { makeNetwork } from '../nn/index.ts';
import {
  apBranchesOf,
  apBranchLabel,
  branchless,
  counterparts,
  placeOf,
  runningStatisticsOf,
  variablesOf,
} from './branches.ts';
import { evaluationCells } from './testing/subject.ts';

const images = { channels: 1, height: 4, width: 4 };
const network = (statistics: readonly string[], affine: readonly string[]) =>
  makeNetwork('resnet8', { images, classes: 3, width: 2, sets: { statistics, affine } });
const three = network(['clean', 'noise', 'adv'], ['clean', 'noise', 'adv']);
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

test('every AP is gone through once', () => {
  expect(apBranchesOf(three)).toEqual([{ affine: 'clean' }, { affine: 'noise' }, { affine: 'adv' }]);
  expect(apBranchesOf(network(['clean', 'adv'], ['shared']))).toEqual([{ affine: 'shared' }]);
});

test('an AP is told with its adapter and head', () => {
  expect(apBranchLabel({ affine: 'adv' })).toBe('adv');
  expect(apBranchLabel({ affine: 'shared', adapter: 'adv', head: 'adv' })).toBe(
    'shared, adapter adv, head adv',
  );
});

describe('the NS of an AP are', () => {
  test('the only ones', () => {
    expect(
      runningStatisticsOf(network(['shared'], ['clean', 'adv']), { affine: 'adv' }, evaluationCells),
    ).toBe('shared');
  });
  test('those of its name', () => {
    expect(runningStatisticsOf(three, { affine: 'noise' }, evaluationCells)).toBe('noise');
  });
  test('else those that it is evaluated with', () => {
    const dualNs = network(['clean', 'adv'], ['shared']);
    const cells = {
      clean: { statistics: 'clean', affine: 'shared' },
      robust: { statistics: 'adv', affine: 'shared' },
    };
    expect(runningStatisticsOf(dualNs, { affine: 'shared' }, cells)).toBe('adv');
  });
});

test('the variables of a branch, and their counterparts', () => {
  const own = variablesOf(three, 'affine', 'noise');
  expect(names(own).slice(0, 2)).toEqual(['bn1.noise.weight', 'bn1.noise.bias']);
  expect(own).toHaveLength(three.variables.filter(({ role }) => role === 'affine').length / 3);
  const pairs = counterparts(three, 'statistics', 'clean', 'adv');
  expect(pairs).toHaveLength(own.length);
  for (const { start, end } of pairs) {
    expect(end.name).toBe(start.name.replace('.clean.', '.adv.'));
    expect(branchless(start)).toBe(branchless(end));
  }
});

test('a layer that has one set of each has its variables in every branch', () => {
  const plain = network(['shared'], ['shared']);
  const [first] = variablesOf(plain, 'statistics', 'shared');
  expect(first.name).toBe('bn1.running_mean');
  expect(placeOf(first)).toEqual({ layer: 'bn1', what: 'running_mean' });
  const [nested] = variablesOf(three, 'affine', 'adv').slice(2);
  expect(placeOf(nested)).toEqual({ layer: 'layer1.0.bn1', what: 'weight' });
});

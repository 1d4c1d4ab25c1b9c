import { expect, test } from 'vitest';
import { type AttackSuite, attackSuites } from '../attacks/index.ts';
import { robustBenchEntry, standardAutoAttackOf } from './robustbench.ts';
import { evaluationWith, type Given } from './testing/autoattack-evaluation.ts';

const adv = { branch: 'adv' };
const entryOf = (given: Given, cell = adv) => robustBenchEntry(evaluationWith(given), 'here', cell);

test('an entry has the keys and spellings of the files of RobustBench', () => {
  const { entry, warnings } = robustBenchEntry(evaluationWith(), 'here', adv, {
    name: 'On the Duality',
    authors: 'A. and B.',
    link: 'https://arxiv.org/abs/2403.19150',
    venue: 'arXiv, Mar 2024',
    additionalData: true,
  });
  // Keys as in model_info/cifar10/Linf/, values as strings of percent.
  expect(entry).toEqual({
    link: 'https://arxiv.org/abs/2403.19150',
    name: 'On the Duality',
    authors: 'A. and B.',
    additional_data: true,
    number_forward_passes: 1,
    dataset: 'cifar10',
    venue: 'arXiv, Mar 2024',
    architecture: 'ResNet-18',
    eps: '8/255',
    clean_acc: '81.25',
    reported: '47.06',
    autoattack_acc: '47.06',
    footnote: 'One of 2 cells of normalization statistics (NS) and affine parameters (AP): NS adv, AP adv.',
  });
  expect(warnings).toEqual([]);
});

test('what is not said is as in the entries there that do not say it', () => {
  const single = [{ statistics: 'shared', affine: 'shared' }];
  const { entry } = robustBenchEntry(evaluationWith({ cells: single, network: 'mine' }), 'here');
  expect(entry).toMatchObject({
    name: 'dual-bn-0',
    authors: '',
    link: '',
    venue: 'N/A',
    additional_data: false,
  });
  expect(entry).toMatchObject({ architecture: 'mine', clean_acc: '90.00', autoattack_acc: '0.10' });
  expect(entry).not.toHaveProperty('footnote');
});

test('in L2 epsilon is a string too, and 8/255 however it was written', () => {
  const l2 = entryOf({ attacks: ['aa-l2'], epsilon: ['0.50', 0.5] });
  expect([l2.entry.eps, l2.warnings]).toEqual(['0.5', []]);
  const decimal = entryOf({ epsilon: [String(8 / 255), 8 / 255] });
  expect([decimal.entry.eps, decimal.warnings]).toEqual(['8/255', []]);
  expect(entryOf({ dataset: 'cifar-100', classes: 100 }).entry.dataset).toBe('cifar100');
});

test('fewer images, another epsilon and failed checks are told', () => {
  const { entry, warnings } = entryOf({ count: 1000, epsilon: ['4/255', 4 / 255] }, { branch: 'clean' });
  expect(entry.footnote).toMatch(/^AutoAttack on 1000 of the 10000 test images\. One of 2 cells/);
  expect(entry.eps).toBe('4/255');
  expect(warnings).toEqual([
    'RobustBench takes all 10000 test images, and this has 1000: evaluate with --examples 10000',
    "RobustBench's epsilon of cifar10 in linf is 8/255, and this is 4/255",
    'the check zero-gradients failed: look again',
  ]);
});

test('AutoAttack is what was run, not what it is called', () => {
  expect(standardAutoAttackOf(evaluationWith({ attacks: ['pgd-20', 'aa'] }))).toBe('aa');
  for (const attacks of [['aa-fast'], ['aa-plus'], ['aa-rand'], ['pgd-20', 'apgd-ce', 'apgd-t'], []])
    expect(standardAutoAttackOf(evaluationWith({ attacks }))).toBeUndefined();
  const short: AttackSuite = {
    name: 'aa',
    summary: 'not what it says',
    norms: ['linf'],
    stages: () => [{ stage: 'apgd-ce', options: { name: 'apgd', steps: 5 } }],
  };
  expect(standardAutoAttackOf(evaluationWith({ suites: [short] }))).toBeUndefined();
  const alias = attackSuites
    .filter(({ name }) => name === 'aa')
    .map((suite) => ({ ...suite, name: 'all-four' }));
  expect(standardAutoAttackOf(evaluationWith({ suites: alias, attacks: ['all-four'] }))).toBe('all-four');
  // Three classes are too few for apgd-t, which is left out.
  expect(standardAutoAttackOf(evaluationWith({ classes: 3 }))).toBeUndefined();
  expect(() => entryOf({ attacks: ['aa-fast'] })).toThrow('here has no AutoAttack, but aa-fast');
});

test('what has no leaderboard is refused', () => {
  for (const given of [
    { dataset: 'mnist' },
    { attacks: ['aa-l1'], epsilon: ['12', 12] },
    { dataset: 'cifar-100', classes: 100, attacks: ['aa-l2'], epsilon: ['0.5', 0.5] },
  ] satisfies Given[])
    expect(() => entryOf(given)).toThrow(/RobustBench has no leaderboard of [\w-]+ in l/);
});

test('several cells are listed, unless one is chosen', () => {
  expect(() => robustBenchEntry(evaluationWith(), 'here')).toThrow('choose one cell of the network');
  expect(() => robustBenchEntry(evaluationWith(), 'here', { branch: 'noise' })).toThrow(
    'the network resnet18 has no such cell',
  );
});

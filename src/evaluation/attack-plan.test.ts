import { describe, expect, test } from 'vitest';
import type { AttackSuite } from '../attacks/index.ts';
import { InputError } from '../errors.ts';
import { planAttacks } from './attack-plan.ts';

const runs = (names: readonly string[]) =>
  planAttacks(names, 8 / 255).attackRuns.map(({ options, reported }) => [
    options.steps,
    reported.map(({ name, steps }) => `${name}@${steps}`).join(' '),
  ]);

test('attacks that differ in their number of steps alone share a run', () => {
  expect(runs(['pgd-20', 'pgd-5', 'pgd-10'])).toEqual([[20, 'pgd-5@5 pgd-10@10 pgd-20@20']]);
});

test('another step size, loss or start makes a run of its own', () => {
  expect(runs(['fgsm', 'fgsm-rs', 'pgd-10', 'margin-10', 'noise', 'pgd-20', 'gaussian-noise'])).toEqual([
    [1, 'fgsm@1'],
    [1, 'fgsm-rs@1'],
    [20, 'pgd-10@10 pgd-20@20'],
    [10, 'margin-10@10'],
    [0, 'noise@0'],
    [0, 'gaussian-noise@0'],
  ]);
});

test('the schedule of a search depends on its length, so that each is a run of its own', () => {
  expect(runs(['square-10', 'square-20'])).toEqual([
    [10, 'square-10@10'],
    [20, 'square-20@20'],
  ]);
});

test('tries one after another make a run of their own: the second of few steps is not in many', () => {
  expect(runs(['pgd-10', 'pgd-20-x2', 'pgd-10-x2', 'pgd-10-every-other', 'pgd-20-every-other'])).toEqual([
    [10, 'pgd-10@10'],
    [20, 'pgd-20-x2@20'],
    [10, 'pgd-10-x2@10'],
    [10, 'pgd-10-every-other@10'],
    [20, 'pgd-20-every-other@20'],
  ]);
  expect(runs(['pgd-10-least-likely', 'pgd-20-least-likely', 'pgd-20-to-3'])).toEqual([
    [20, 'pgd-10-least-likely@10 pgd-20-least-likely@20'],
    [20, 'pgd-20-to-3@20'],
  ]);
});

test('a name twice is one attack, and no name no run', () => {
  expect(runs(['pgd-10', 'pgd-10'])).toEqual([[10, 'pgd-10@10']]);
  expect(runs([])).toEqual([]);
});

test('attacks of two norms are refused: they have no epsilon in common', () => {
  expect(() => runs(['pgd-10', 'pgd-10-l2'])).toThrow(InputError);
  expect(() => runs(['pgd-10', 'pgd-10-l2'])).toThrow(/linf and l2.*one norm at a time/);
  expect(runs(['pgd-10-l2', 'pgd-20-l2'])).toEqual([[20, 'pgd-10-l2@10 pgd-20-l2@20']]);
});

test('a name that is no attack is refused with those there are', () => {
  expect(() => runs(['pgd-10', 'autoattak'])).toThrow(/'autoattak'(.|\n)*fgsm, pgd-<N>/);
});

describe('suites', () => {
  test('have stages in order, each a run', () => {
    const { asked, attackRuns, norm } = planAttacks(['aa-fast-l2'], 0.5);
    expect(norm).toBe('l2');
    expect(asked).toHaveLength(1);
    expect(asked[0].isSuite).toBe(true);
    expect(asked[0].stages.map(({ stage, run }) => [stage, run.name, run.reported])).toEqual([
      ['apgd-ce', 'aa-fast-l2: apgd-ce', []],
      ['apgd-t', 'aa-fast-l2: apgd-t', []],
    ]);
    expect(attackRuns).toEqual(asked[0].stages.map(({ run }) => run));
  });

  test.each([
    [
      ['apgd-t', 'aa-fast'],
      ['apgd-t', 'aa-fast: apgd-ce'],
    ],
    [
      ['aa-fast', 'apgd-t'],
      ['aa-fast: apgd-ce', 'apgd-t'],
    ],
  ])('%o share the run of the attack that is in both', (names, expected) => {
    const { attackRuns, asked } = planAttacks(names, 0.1);
    expect(attackRuns.map(({ name }) => name)).toEqual(expected);
    const of = Object.fromEntries(asked.map(({ name, stages }) => [name, stages]));
    expect(of['aa-fast'][1].run).toBe(of['apgd-t'][0].run);
  });

  test('an attack with other options is another run', () => {
    const { attackRuns } = planAttacks(['apgd-ce', 'aa-rand'], 0.1);
    expect(attackRuns.map(({ name }) => name)).toEqual(['apgd-ce', 'aa-rand: apgd-ce', 'aa-rand: apgd-dlr']);
  });

  const own: AttackSuite = {
    name: 'mine',
    summary: '',
    norms: ['linf'],
    stages: () => [
      { stage: 'few', options: { name: 'pgd', steps: 2 } },
      { stage: 'many', options: { name: 'pgd', steps: 9 } },
    ],
  };

  test('of one’s own may be handed in, and stages that differ in steps alone share a run', () => {
    const { attackRuns, asked } = planAttacks(['mine', 'pgd-5'], 0.1, { suites: [own] });
    expect(attackRuns.map(({ name, options }) => [name, options.steps])).toEqual([['pgd-5', 9]]);
    expect(asked[0].stages.map(({ options }) => options.steps)).toEqual([2, 9]);
  });

  test('two stages of one name are refused, and so are two suites', () => {
    const twice = { ...own, stages: () => [...own.stages('linf'), ...own.stages('linf')] };
    expect(() => planAttacks(['mine'], 0.1, { suites: [twice] })).toThrow(
      /two stages of mine are called 'few'/,
    );
    expect(() => planAttacks(['mine'], 0.1, { suites: [own, own] })).toThrow(/two suites are called 'mine'/);
  });

  test('leave out what needs more classes than there are, and say so', () => {
    const stagesOn = (classes: number) => {
      const [{ stages, leftOut }] = planAttacks(['aa-fast'], 0.1, { classes }).asked;
      return [stages.map(({ stage }) => stage), leftOut];
    };
    expect(stagesOn(4)).toEqual([['apgd-ce', 'apgd-t'], []]);
    expect(stagesOn(3)).toEqual([['apgd-ce'], [{ stage: 'apgd-t', leastClasses: 4 }]]);
    const targeted = { ...own, stages: () => [{ stage: 't', options: { name: 'apgd-t' } }] };
    expect(() => planAttacks(['mine'], 0.1, { suites: [targeted], classes: 3 })).toThrow(
      /no attack of mine can be run on a network of 3 classes/,
    );
  });

  test.each([
    ['aa', 2, 'apgd-ce fab-t square-5000'],
    ['aa', 3, 'apgd-ce fab-t square-5000'],
    ['aa', 4, 'apgd-ce apgd-t fab-t square-5000'],
    ['aa-plus-l2', 2, 'apgd-ce fab square-5000 fab-t'],
    ['aa-plus', 3, 'apgd-ce apgd-dlr fab square-5000 fab-t'],
    ['aa-rand', 2, 'apgd-ce'],
  ])('%s on %i classes is %s', (name, classes, expected) => {
    const [{ stages }] = planAttacks([name], 0.1, { classes }).asked;
    expect(stages.map(({ stage }) => stage).join(' ')).toBe(expected);
  });

  test('of two norms are refused as attacks are', () => {
    expect(() => planAttacks(['aa-fast', 'pgd-3-l2'], 0.1)).toThrow(/linf and l2/);
    expect(() => planAttacks(['aa-fst'], 0.1)).toThrow(/'aa-fst'(.|\n)*aa-fast-l2/);
  });
});

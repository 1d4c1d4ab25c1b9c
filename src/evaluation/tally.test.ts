import { expect, test } from 'vitest';
import { planAttacks } from './attack-plan.ts';
import { tallyOf, workOf } from './tally.ts';

const context = { images: { channels: 3, height: 32, width: 32 }, classes: 10 };
const workOfName = (name: string, classes = 10) =>
  planAttacks([name], 0.1).attackRuns.map((run) => workOf(run, { ...context, classes }));

test.each([
  ['pgd-20', [63]],
  ['noise', [1]],
  ['square-100', [101]],
  ['apgd-ce', [303]],
  ['aa', [303, 9 * 303, 9 * 606, 5001]],
  ['aa-rand', [6060, 6060]],
])('%s costs an example that nothing breaks %j passes', (name, expected) => {
  expect(workOfName(name)).toEqual(expected);
});

test('with few classes there are fewer targets', () => {
  expect(workOfName('aa', 5)).toEqual([303, 4 * 303, 4 * 606, 5001]);
});

test('the total falls as stages leave less, and ends at what was done', () => {
  const plan = planAttacks(['aa-fast', 'apgd-ce'], 0.1);
  const [ce, targeted] = plan.attackRuns;
  const tally = tallyOf(plan, 100, (run) => (run === ce ? 2 : 10));
  expect(tally.total).toEqual({ images: 300, work: 1300 });
  tally.classified(100);
  tally.attacking(60);
  expect(tally.total).toEqual({ images: 220, work: 820 });
  tally.stage(0, 0, 60);
  tally.found(ce, 60);
  expect(tally.done).toEqual({ images: 160, work: 220 });
  tally.stage(0, 1, 20);
  expect(tally.total).toEqual({ images: 180, work: 420 });
  tally.found(targeted, 20);
  tally.stage(1, 0, 60);
  expect(tally.done).toEqual(tally.total);
});

test('a run that is needed again on more examples is expected to see them', () => {
  const plan = planAttacks(['aa-fast', 'apgd-t'], 0.1);
  const tally = tallyOf(plan, 10, () => 1);
  tally.classified(10);
  tally.attacking(10);
  tally.stage(0, 1, 3);
  expect(tally.total.images).toBe(20);
  const [, targeted] = plan.attackRuns;
  tally.found(targeted, 3);
  tally.stage(1, 0, 10);
  expect([tally.done.images, tally.total.images]).toEqual([13, 20]);
});

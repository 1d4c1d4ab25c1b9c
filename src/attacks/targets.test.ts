import { describe, expect, test } from 'vitest';
import { InputError } from '../errors.ts';
import { attack } from './attack.ts';
import { predictedClass, predictor } from './model.ts';
import { namedAttack } from './names.ts';
import { checkAttack } from './table.ts';
import { targetOption, targetsOf } from './targets.ts';
import { linearModel } from './testing/linear.ts';
import { chosen, tinyExamples, tinyModel } from './testing/tiny.ts';

test('targets are the wrong classes, the likeliest first, of equal ones the lowest number', () => {
  expect(targetsOf(Float32Array.of(1, 5, 3, 3, 7), 4)).toEqual([1, 2, 3, 0]);
});

test.each([-1, 1.5, 'likeliest', '3', null])('the target %s is refused', (target) => {
  expect(targetOption.safeParse(target).success).toBe(false);
});

// Logits of grey: 0.5, 0.4, 0.3, 0. Class k wants pixel k lighter.
const weights = [
  [1, 0, 0, 0],
  [0, 0.8, 0, 0],
  [0, 0, 0.6, 0],
  [0, 0, 0, 0],
];
const model = linearModel({ channels: 1, height: 2, width: 2 }, weights);
const grey = new Float32Array(4).fill(0.5);
const one = { images: grey, labels: [0] };
const logitsOf = predictor(model, 1);

describe('one step from the image, on a linear model', () => {
  // Of CE the gradient towards t is w_t less the mean of all rows by their shares: positive where t is, negative elsewhere.
  const towards = (at: number) => [0, 1, 2, 3].map((k) => (k === 3 ? 0 : k === at ? 1 : -1));

  test.each([1, 2])('towards class %d raises its logit and lowers the others', async (target) => {
    const options = namedAttack(`fgsm-to-${target}`, 0.1);
    const { adversarial } = await attack(model, options)(one);
    for (const [k, sign] of towards(target).entries())
      expect(adversarial[k]).toBeCloseTo(0.5 + 0.1 * sign, 6);
  });

  test('on the margin the classes that are neither stay where they are', async () => {
    const options = { ...namedAttack('fgsm-to-2', 0.1), loss: 'margin' };
    const { adversarial } = await attack(model, options)(one);
    expect([...adversarial].map((value) => Math.round(10 * value))).toEqual([4, 5, 6, 5]);
  });

  test('the least likely is that of the clean image', async () => {
    const least = await attack(model, namedAttack('fgsm-least-likely', 0.1))(one);
    expect(least.adversarial).toEqual((await attack(model, namedAttack('fgsm-to-3', 0.1))(one)).adversarial);
  });
});

describe('what was reached', () => {
  test('is told beside what was broken: to be taken for a third class breaks without reaching', async () => {
    // Towards class 3, which wants all others darker, the second becomes the largest on the way.
    const options = { ...namedAttack('pgd-3-to-3', 0.3), ...{ start: { kind: 'none' }, loss: 'margin' } };
    const run = await attack(model, options)(one);
    expect([...run.firstMisclassified, ...run.reachedTarget]).toEqual([2, 0]);
    const near = await attack(model, namedAttack('fgsm-to-1', 0.1))(one);
    expect([...near.firstMisclassified, ...near.reachedTarget]).toEqual([1, 1]);
  });

  test('is nothing where there is no target', async () => {
    const run = await attack(model, namedAttack('pgd-5', 0.3))(one);
    expect([...run.firstMisclassified.map(Math.sign), ...run.reachedTarget]).toEqual([1, 0]);
  });

  test('in the attacks of AutoAttack too', async () => {
    const seen: boolean[] = [];
    const run = attack(model, namedAttack('apgd-t', 0.2), {
      onExample: (each) => seen.push(each.reachedTarget),
    });
    expect([...(await run(one)).reachedTarget]).toEqual([1]);
    expect(seen).toEqual([true]);
  });
});

test('an example of the target class is looked at as it is, and left', async () => {
  const run = attack(model, namedAttack('pgd-5-to-0-x3', 0.3), { earlyStop: true });
  const { adversarial, firstMisclassified, reachedTarget } = await run(one);
  expect(adversarial).toEqual(grey);
  expect([...firstMisclassified]).toEqual([-1]);
  expect([...reachedTarget]).toEqual([0]);
});

test('every other class is tried with every restart, until one breaks', async () => {
  const { network, engine, cell } = tinyModel();
  const examples = tinyExamples(12);
  const labels = [...examples.images.keys()].slice(0, 12);
  const predict = predictor({ network, engine, cell }, 12);
  const logits = await predict(examples.images);
  const right = { ...examples, labels: labels.map((at) => predictedClass(logits, 3, at)) };
  const settings = { seed: 2, earlyStop: true };
  const broken = async (name: string) => {
    const { firstMisclassified } = await attack(
      { network, engine, cell },
      namedAttack(name, 0.02),
      settings,
    )(right);
    return [...firstMisclassified].filter((step) => step >= 0).length;
  };
  const everyOther = await broken('pgd-5-every-other');
  expect(everyOther).toBeGreaterThan(0);
  expect(everyOther).toBeLessThan(12);
  expect(everyOther).toBeGreaterThanOrEqual(await broken('pgd-5-least-likely'));
  const inAnotherOrder = attack({ network, engine, cell }, namedAttack('pgd-5-every-other-x2', 0.02), {
    ...settings,
    batchSize: 5,
  });
  const whole = await attack(
    { network, engine, cell },
    namedAttack('pgd-5-every-other-x2', 0.02),
    settings,
  )(right);
  const order = [7, 2, 11, 0, 5, 3];
  const some = await inAnotherOrder(chosen(right, order));
  expect([...some.firstMisclassified]).toEqual(order.map((at) => whole.firstMisclassified[at]));
  expect([...some.reachedTarget]).toEqual(order.map((at) => whole.reachedTarget[at]));
});

test('the targets of an example with ties and of its own class never include its label', async () => {
  const logits = await logitsOf(new Float32Array(4));
  for (const label of [0, 1, 2, 3]) expect(targetsOf(logits, label)).not.toContain(label);
});

test('a class that the network does not have is refused with those it has', async () => {
  const run = attack(model, namedAttack('pgd-5-to-4', 0.1));
  await expect(run(one)).rejects.toThrow(InputError);
  await expect(run(one)).rejects.toThrow(/target 4.*from 0 to 3/);
});

test('a loss that leads towards no class is refused with those that do', () => {
  for (const loss of ['kl', 'boosted-ce', 'weighted-kl'])
    expect(() => checkAttack({ ...namedAttack('pgd-5-to-1', 0.1), ...{ loss } })).toThrow(
      /loss: expected ce, margin, dlr where there is a target, found "/,
    );
});

import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { differentiate, input, sumAll } from '../graph/index.ts';
import { type LossName, logSoftmax, losses, meanOver, targetedDlr } from './losses.ts';
import { oneHot } from './model.ts';

const logits = [
  [1, 2, 3],
  [-1.5, 0.25, 4],
  [0, 0, 0],
];
const labels = [0, 2, 1];
const reference = [
  [3, 2, 1],
  [0, 1, -1],
  [2, 2, -5],
];

// Written from the definitions, in numbers rather than tensors.
const softmax = (z: readonly number[]) => {
  const total = z.reduce((sum, value) => sum + Math.exp(value), 0);
  return z.map((value) => Math.exp(value) / total);
};
const byHand: Record<LossName, (z: readonly number[], y: number, z0: readonly number[]) => number> = {
  ce: (z, y) => -Math.log(softmax(z)[y]),
  margin: (z, y) => Math.max(...z.filter((_, j) => j !== y)) - z[y],
  dlr: (z, y) => {
    const falling = z.toSorted((a, b) => b - a);
    return byHand.margin(z, y, []) / (falling[0] - falling[2] + 1e-12);
  },
  kl: (z, _, z0) => softmax(z0).reduce((sum, p, j) => sum + p * (Math.log(p) - Math.log(softmax(z)[j])), 0),
  'boosted-ce': (z, y) =>
    -Math.log(softmax(z)[y]) - Math.log(1 - Math.max(...softmax(z).filter((_, j) => j !== y))),
  'weighted-kl': (z, y, z0) => byHand.kl(z, y, z0) * (1 - softmax(z0)[y]),
};
const names = [
  'ce',
  'margin',
  'dlr',
  'kl',
  'boosted-ce',
  'weighted-kl',
] as const satisfies readonly LossName[];

/** The loss of each row and its gradient with respect to the logits. */
function evaluate(name: LossName, rows = logits, of = labels, compared = reference) {
  const shape = [rows.length, 3];
  const z = input('z', shape);
  const context = { labels: input('labels', shape), reference: input('reference', shape) };
  const loss = losses[name](z, context);
  const [gradient] = differentiate(sumAll(loss), [z]);
  const [value, slope] = createReferenceEngine().evaluate([loss, gradient], {
    z: rows.flat(),
    labels: oneHot(of, 3),
    reference: compared.flat(),
  });
  return { value, slope };
}

describe.each(names)('%s', (name) => {
  test('is what its definition says, an example at a time', () => {
    const { value } = evaluate(name);
    expect(value).toHaveLength(3);
    value.forEach((loss, at) => {
      expect(loss).toBeCloseTo(byHand[name](logits[at], labels[at], reference[at]), 12);
    });
  });

  test('stays finite at logits that overflow an exponential, and so does its gradient', () => {
    const { value, slope } = evaluate(name, [[1000, -1000, 0]], [1], [[-900, 900, 30]]);
    // Of the reference's mass none is on the true class, so that the weight of weighted-kl is 0.
    const expected = { ce: 2000, margin: 2000, dlr: 1, kl: 2000, 'boosted-ce': 3000, 'weighted-kl': 0 };
    expect(value[0]).toBeCloseTo(expected[name], 9);
    expect([...slope].every(Number.isFinite)).toBe(true);
  });

  test('an example knows nothing of the others in its batch', () => {
    const together = evaluate(name);
    const alone = evaluate(name, [logits[1]], [labels[1]], [reference[1]]);
    expect(together.value[1]).toBe(alone.value[0]);
    expect([...together.slope.subarray(3, 6)]).toEqual([...alone.slope]);
  });
});

test('the gradient of ce is softmax minus the label', () => {
  const { slope } = evaluate('ce');
  logits.forEach((z, at) => {
    softmax(z).forEach((p, j) => {
      expect(slope[3 * at + j]).toBeCloseTo(p - (j === labels[at] ? 1 : 0), 12);
    });
  });
});

test('the margin is negative exactly where the example is classified right', () => {
  const { value } = evaluate(
    'margin',
    [
      [1, 5, 2],
      [5, 1, 2],
    ],
    [1, 1],
  );
  expect([...value]).toEqual([-3, 4]);
});

test('the margin of a very confident network is not swallowed by what masks the true class', () => {
  expect([...evaluate('margin', [[30_000, -20_000, 7]], [0]).value]).toEqual([7 - 30_000]);
});

test.each([
  ['two wrong classes that tie', [2, 2, 1], 2],
  ['all logits alike', [5, 5, 5], 0],
  ['a tie far below the true class', [-800, -800, 40], 2],
])('boosted-ce is right for %s', (_, z, y) => {
  const { value, slope } = evaluate('boosted-ce', [z], [y]);
  expect(value[0]).toBeCloseTo(byHand['boosted-ce'](z, y, []), 9);
  expect([...slope].every(Number.isFinite)).toBe(true);
});

test('boosted-ce keeps pushing where the network is sure of a wrong class', () => {
  // -log q_y = 60 and -log(1 - q_0) = 59.3, of which float32's 1 - q would know nothing.
  const { value, slope } = evaluate('boosted-ce', [[60, 0, 0]], [1]);
  expect(value[0]).toBeCloseTo(120 - Math.log(2), 9);
  expect(slope[0]).toBeCloseTo(2, 9);
});

test('kl of equal logits is 0, wherever they lie', () => {
  const { value, slope } = evaluate('kl', [[500, 0, -500]], [0], [[500, 0, -500]]);
  expect(value[0]).toBe(0);
  expect([...slope].map(Math.abs)).toEqual([0, 0, 0]);
});

test('kl without the logits of the clean images is refused', () => {
  const z = input('z', [1, 3]);
  expect(() => losses.kl(z, { labels: input('labels', [1, 3]) })).toThrow(/clean images/);
});

test('logSoftmax sums to one after the exponential', () => {
  const [value] = createReferenceEngine().evaluate([logSoftmax(input('z', [1, 3]))], { z: [800, 801, 799] });
  expect(value.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 12);
});

test('meanOver averages the examples', () => {
  const [value] = createReferenceEngine().evaluate([meanOver(input('x', [4]))], { x: [1, 2, 3, 6] });
  expect([...value]).toEqual([3]);
});

describe('the difference of logits ratio', () => {
  const five = { logits: [0.5, 3, -1, 2, 1.25], label: 3, target: 0 };

  /** Value and gradient of the targeted form at one row of logits. */
  function towards(z: readonly number[], label: number, target: number) {
    const row = input('z', [1, z.length]);
    const [labels, targets] = [input('labels', [1, z.length]), input('target', [1, z.length])];
    const loss = targetedDlr(row, labels, targets);
    const [gradient] = differentiate(sumAll(loss), [row]);
    const [value, slope] = createReferenceEngine().evaluate([loss, gradient], {
      z: [...z],
      labels: oneHot([label], z.length),
      target: oneHot([target], z.length),
    });
    return { value: value[0], slope: [...slope] };
  }

  test('towards a class divides by the largest less the middle of the third and fourth', () => {
    const { logits: z, label, target } = five;
    expect(towards(z, label, target).value).toBeCloseTo((0.5 - 2) / (3 - (1.25 + 0.5) / 2), 9);
  });

  test('has the gradient of finite differences, through the denominator too', () => {
    const { logits: z, label, target } = five;
    const { slope } = towards(z, label, target);
    z.forEach((_, j) => {
      const moved = (by: number) =>
        towards(
          z.map((value, i) => (i === j ? value + by : value)),
          label,
          target,
        ).value;
      expect(slope[j]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 6);
    });
  });

  test.each([
    ['two largest', [4, 4, 1, 0], 1, 2, (1 - 4) / (4 - 0.5)],
    ['three largest', [4, 4, 4, 0], 1, 3, (0 - 4) / (4 - 2)],
    ['third and fourth', [4, 3, 1, 1, 0], 0, 4, (0 - 4) / (4 - 1)],
    ['second and third', [4, 2, 2, 1, 0], 0, 4, (0 - 4) / (4 - 1.5)],
  ])('counts classes that tie for the %s once each', (_, z, label, target, expected) => {
    const { value, slope } = towards(z, label, target);
    expect(value).toBeCloseTo(expected, 9);
    // A constant added to all logits changes nothing.
    expect(slope.reduce((total, each) => total + each, 0)).toBeCloseTo(0, 9);
  });

  test('is refused where there are too few classes, with what to use instead', () => {
    const z = (classes: number) => [input('z', [1, classes]), input('labels', [1, classes])] as const;
    const [two, labels] = z(2);
    expect(() => losses.dlr(two, { labels })).toThrow(InputError);
    const [three, others] = z(3);
    expect(() => targetedDlr(three, others, others)).toThrow(
      /4 classes, and the network has 3: use ce or margin/,
    );
  });
});

import { describe, expect, test } from 'vitest';
import { type AttackedExample, namedAttack } from '../attacks/index.ts';
import { planAttacks } from './attack-plan.ts';
import { exampleResultOf, isBroken, largestSize } from './attack-runs.ts';

const runOf = (name: string, epsilon: number) => planAttacks([name], epsilon).attackRuns[0];

/** What is found of an image of gray pixels that an attack moved. */
function found(name: string, epsilon: number, moved: (value: number, at: number) => number, pixels = 4) {
  const clean = new Float32Array(pixels).fill(0.5);
  const example: AttackedExample = {
    at: 0,
    firstMisclassified: 1,
    zeroGradientSteps: 0,
    notFinite: 'none',
    reachedTarget: false,
    adversarial: clean.map(moved),
  };
  return exampleResultOf(runOf(name, epsilon), clean, example);
}

describe('the image that an attack returned', () => {
  test.each<readonly [string, string, number, (value: number, at: number) => number, string]>([
    ['at epsilon', 'pgd-3', 0.25, (value) => value + 0.25, 'none'],
    ['a bit beyond', 'pgd-3', 0.25, (value) => value + 0.25 + 2 ** -24, 'none'],
    [
      'eight bits beyond, at one pixel',
      'pgd-3',
      0.25,
      (value, at) => value + 0.25 + (at ? 0 : 2 ** -21),
      'beyond-epsilon',
    ],
    ['at an epsilon that float32 cannot write', 'pgd-3', 8 / 255, (value) => value + 8 / 255, 'none'],
    ['on the sphere', 'pgd-3-l2', 0.25, (value) => value + 0.125, 'none'],
    ['a bit beyond in every pixel', 'pgd-3-l2', 0.25, (value) => value + 0.125 + 2 ** -24, 'none'],
    ['a thousandth beyond the sphere', 'pgd-3-l2', 0.25, (value) => value + 0.1251, 'beyond-epsilon'],
    ['1', 'pgd-3', 1, () => 1, 'none'],
    ['a bit above 1', 'pgd-3', 1, () => 1 + 2 ** -23, 'beyond-range'],
    ['a bit below 0', 'pgd-3', 1, () => -(2 ** -30), 'beyond-range'],
    ['beyond both', 'pgd-3', 0.1, () => 2, 'beyond-range'],
    ['NaN in one pixel', 'pgd-3', 1, (value, at) => (at === 3 ? Number.NaN : value), 'image-not-finite'],
    ['infinite', 'pgd-3', 1, () => Number.NEGATIVE_INFINITY, 'image-not-finite'],
  ])('%s of %s at %d: %s', (_, name, epsilon, moved, fault) => {
    expect(found(name, epsilon, moved).fault).toBe(fault);
  });

  test('breaks nothing where it is no image within the ball', () => {
    const sound = found('pgd-3', 0.25, (value) => value + 0.1);
    expect([0, 1, 3].map((steps) => isBroken(sound, steps))).toEqual([false, true, true]);
    for (const fault of ['image-not-finite', 'beyond-range', 'beyond-epsilon'] as const)
      expect(isBroken({ ...sound, fault }, 3)).toBe(false);
    expect(isBroken({ ...sound, fault: 'not-misclassified' }, 3)).toBe(true);
    expect(isBroken({ ...sound, firstMisclassified: -1 }, 3)).toBe(false);
  });
});

test('the largest size follows the norm: one bit of a pixel, or one of each', () => {
  expect(largestSize(namedAttack('pgd-1', 0.5), 3072)).toBe(0.5 * (1 + 1e-6) + 2 ** -24);
  expect(largestSize(namedAttack('pgd-1-l2', 0.5), 3072)).toBeCloseTo(
    0.5 + 5e-7 + Math.sqrt(3072) * 2 ** -24,
    9,
  );
});

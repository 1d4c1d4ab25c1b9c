import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { input } from '../graph/index.ts';
import { type AscentNormName, ascentNormNames, type NormName, normNames, norms } from './norms.ts';

const shape = [2, 1, 1, 3];
const evaluate = (
  build: (x: ReturnType<typeof input>) => Parameters<typeof norms.linf.direction>[0],
  x: number[],
) => [...createReferenceEngine().evaluate([build(input('x', shape))], { x })[0]];

describe('direction', () => {
  test('linf: the sign of the gradient, 0 where it is 0', () => {
    expect(evaluate(norms.linf.direction, [0.3, -1e-30, 0, -7, 2, 0])).toEqual([1, -1, 0, -1, 1, 0]);
  });

  test('l2: the gradient of each example at length 1', () => {
    const direction = evaluate(norms.l2.direction, [3, 0, -4, 0, 1e-5, 0]);
    [0.6, 0, -0.8, 0, 1, 0].forEach((value, at) => {
      expect(direction[at]).toBeCloseTo(value, 9);
    });
  });

  test('l2: a gradient of zero goes nowhere', () => {
    expect(evaluate(norms.l2.direction, [0, 0, 0, 1, 0, 0])).toEqual([0, 0, 0, 1, 0, 0]);
  });
});

describe('projection', () => {
  const images = [0.5, 0.02, 0.98, 0.5, 0.5, 0.5];
  const project = (norm: AscentNormName, x: number[], epsilon: number) => {
    const [value] = createReferenceEngine().evaluate(
      [norms[norm].project(input('x', shape), input('images', shape), epsilon)],
      { x, images },
    );
    return [...value];
  };

  test('linf: each pixel by itself, inside the ball and inside [0, 1]', () => {
    const x = [0.9, -0.5, 1.5, 0.45, 0.5, 0.1];
    const expected = [0.6, 0, 1, 0.45, 0.5, 0.4];
    project('linf', x, 0.1).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 12);
    });
  });

  test('l2: shortened to the radius where it is too long, left where it is not', () => {
    const x = [0.5, 0.02, 0.98, 0.8, 0.5, 0.9];
    // The second perturbation (0.3, 0, 0.4) has length 0.5.
    const expected = [0.5, 0.02, 0.98, 0.5 + 0.06, 0.5, 0.5 + 0.08];
    project('l2', x, 0.1).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at], 12);
    });
  });

  test.each(ascentNormNames)('%s: at epsilon 0 nothing but the image is left', (norm) => {
    expect(project(norm, [9, -9, 0.3, 0.5, 0, 1], 0)).toEqual(images);
  });

  test('l2: a pixel cut off at the border shortens the perturbation, never lengthens it', () => {
    const projected = project('l2', [0.5, -5, 9, 0.5, 0.5, 0.5], 0.3).slice(0, 3);
    expect(Math.hypot(...projected.map((value, at) => value - images[at]))).toBeLessThan(0.3);
    expect(projected.every((value) => value >= 0 && value <= 1)).toBe(true);
  });
});

describe('size and shrink', () => {
  test.each([
    ['linf', 0.4],
    ['l2', 0.5],
    ['l1', 0.7],
  ] as const)('%s of (0.3, 0, -0.4) is %s', (norm, size) => {
    expect(norms[norm].size(Float32Array.of(0.3, 0, -0.4))).toBeCloseTo(size, 6);
  });

  test('linf cuts each value, l2 scales all', () => {
    const cut = Float32Array.of(0.3, 0, -0.4);
    norms.linf.shrink(cut, 0.25);
    expect([...cut]).toEqual([0.25, 0, -0.25]);
    const scaled = Float32Array.of(0.3, 0, -0.4);
    norms.l2.shrink(scaled, 0.25);
    expect(scaled[0]).toBeCloseTo(0.15, 6);
    expect(scaled[2]).toBeCloseTo(-0.2, 6);
  });

  test('l1 shortens all values by as much, and none beyond 0', () => {
    const shortened = Float32Array.of(0.5, 0.125, -0.75);
    norms.l1.shrink(shortened, 0.75);
    expect([...shortened]).toEqual([0.25, 0, -0.5]);
  });

  test.each(normNames)('%s leaves what is inside, and 0', (norm) => {
    const inside = Float32Array.of(0.125, 0, -0.25);
    norms[norm].shrink(inside, 0.5);
    expect([...inside]).toEqual([0.125, 0, -0.25]);
    const zero = new Float32Array(3);
    norms[norm].shrink(zero, 0);
    expect([...zero]).toEqual([0, 0, 0]);
  });
});

describe('uniform', () => {
  const draws = (norm: NormName, dimensions: number, count = 2000, epsilon = 0.5) =>
    Array.from({ length: count }, (_, example) => {
      const out = new Float32Array(dimensions);
      norms[norm].uniform({ seed: 9, purpose: 'attack-start', example }, out, epsilon);
      return out;
    });

  test.each(normNames)('%s: in the ball, and different for every example', (norm) => {
    const drawn = draws(norm, 5);
    expect(Math.max(...drawn.map((out) => norms[norm].size(out)))).toBeLessThanOrEqual(0.5 + 1e-6);
    expect(new Set(drawn.map((out) => out[0])).size).toBeGreaterThan(1990);
  });

  test('linf: every pixel evenly from -epsilon to epsilon', () => {
    const values = draws('linf', 5).flatMap((out) => [...out]);
    // 10,000 values in 10 bins; a count has a deviation of 30.
    const counts = new Array<number>(10).fill(0);
    for (const value of values) counts[Math.min(9, Math.floor((value + 0.5) * 10))] += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test.each(
    (['l2', 'l1'] as const).flatMap((norm) => [2, 3, 12].map((dimensions) => [norm, dimensions] as const)),
  )('%s: the ball is filled evenly, in %s dimensions', (norm, dimensions) => {
    // (r / epsilon)^d is uniform over [0, 1] exactly where the ball is filled evenly.
    const volumes = draws(norm, dimensions).map((out) => (norms[norm].size(out) / 0.5) ** dimensions);
    const counts = new Array<number>(5).fill(0);
    for (const volume of volumes) counts[Math.min(4, Math.floor(volume * 5))] += 1;
    // 400 a bin, deviation 18.
    for (const count of counts) expect(Math.abs(count - 400)).toBeLessThan(90);
  });

  test('l2: no direction is preferred', () => {
    const drawn = draws('l2', 3);
    for (const axis of [0, 1, 2]) {
      const mean = drawn.reduce((sum, out) => sum + out[axis], 0) / drawn.length;
      // The deviation of one coordinate is epsilon / sqrt(d + 2), that of the mean 0.005.
      expect(Math.abs(mean)).toBeLessThan(0.025);
      const square = drawn.reduce((sum, out) => sum + out[axis] ** 2, 0) / drawn.length;
      expect(square).toBeCloseTo(0.25 / 5, 2);
    }
  });

  test('l1: no pixel, sign or pair is preferred', () => {
    const drawn = draws('l1', 3);
    for (const axis of [0, 1, 2]) {
      const mean = drawn.reduce((sum, out) => sum + out[axis], 0) / drawn.length;
      expect(Math.abs(mean)).toBeLessThan(0.02);
      // E |x_i| = epsilon / (d + 1).
      const length = drawn.reduce((sum, out) => sum + Math.abs(out[axis]), 0) / drawn.length;
      expect(length).toBeCloseTo(0.125, 2);
    }
  });
});

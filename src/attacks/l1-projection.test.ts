import { describe, expect, test } from 'vitest';
import { uniforms } from '../random/index.ts';
import { inL1Ball, inL1BallAndRange } from './l1-projection.ts';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);
const size = (values: ArrayLike<number>) => sum(Array.from(values, Math.abs));

function drawn(example: number, count: number, low: number, high: number): Float32Array {
  const out = new Float32Array(count);
  uniforms({ seed: 1, purpose: 'noise', example }, out, low, high);
  return out;
}

/**
 * The projection by the alternatives there are: each coordinate is at 0, at its border, or in between, where |y_i| - z_i is the
 * same t for all. Of the combinations that are feasible, the nearest point.
 */
function byCases(clean: Float32Array, y: Float32Array, epsilon: number): number[] {
  const lengths = [...y].map(Math.abs);
  const rooms = lengths.map((_, i) => (y[i] < 0 ? clean[i] : 1 - clean[i]));
  const d = y.length;
  let best: { point: number[]; distance: number } | undefined;
  for (let code = 0; code < 3 ** d; code += 1) {
    const cases = lengths.map((_, i) => Math.floor(code / 3 ** i) % 3);
    const between = lengths.filter((_, i) => cases[i] === 2);
    const atBorder = sum(rooms.filter((_, i) => cases[i] === 1));
    const active = between.length === 0 ? 0 : (sum(between) + atBorder - epsilon) / between.length;
    for (const t of [0, Math.max(active, 0)]) {
      const point = lengths.map((length, i) => [0, rooms[i], length - t][cases[i]]);
      const inside = point.every((z, i) => z >= -1e-12 && z <= rooms[i] + 1e-12);
      if (!inside || sum(point) > epsilon + 1e-9) continue;
      const distance = sum(point.map((z, i) => (z - lengths[i]) ** 2));
      if (!best || distance < best.distance) best = { point, distance };
    }
  }
  return (best?.point ?? []).map((z, i) => z * Math.sign(y[i]));
}

describe('the projection on the L1 ball and [0, 1]', () => {
  test.each([1, 2, 3, 5, 7])('is the nearest point of all cases, in %i dimensions', (d) => {
    for (let trial = 0; trial < 40; trial += 1) {
      const clean = drawn(100 * d + trial, d, 0, 1);
      const y = drawn(10_000 + 100 * d + trial, d, -1.5, 1.5);
      for (const epsilon of [0.05, 0.4, 1, 3]) {
        const found = inL1BallAndRange(clean, y, epsilon);
        const expected = byCases(clean, y, epsilon);
        for (let i = 0; i < d; i += 1) expect(found[i]).toBeCloseTo(expected[i], 9);
      }
    }
  });

  test('spends the whole radius where there is room for it', () => {
    const clean = drawn(1, 3072, 0, 1);
    const y = drawn(2, 3072, -1, 1);
    const found = inL1BallAndRange(clean, y, 12);
    expect(size(found)).toBeCloseTo(12, 9);
    expect(found.every((z, i) => clean[i] + z >= -1e-12 && clean[i] + z <= 1 + 1e-12)).toBe(true);
  });

  test('leaves a point that is inside', () => {
    expect([...inL1BallAndRange(Float32Array.of(0.5, 0.5), [0.25, -0.125], 0.375)]).toEqual([0.25, -0.125]);
  });

  test('only cuts to [0, 1] where that is enough', () => {
    expect([...inL1BallAndRange(Float32Array.of(0.75, 0.25), [9, -9], 0.5)]).toEqual([0.25, -0.25]);
  });

  test('goes nowhere at epsilon 0, nor where there is no room', () => {
    expect(size(inL1BallAndRange(drawn(3, 9, 0, 1), drawn(4, 9, -1, 1), 0))).toBe(0);
    expect(size(inL1BallAndRange(Float32Array.of(0, 1), [-1, 1], 5))).toBe(0);
    expect(inL1BallAndRange(new Float32Array(), [], 1)).toHaveLength(0);
  });

  test('treats equal values equally', () => {
    expect([...inL1BallAndRange(new Float32Array(4).fill(0.5), [0.4, -0.4, 0.4, 0.4], 1)]).toEqual(
      [0.25, -0.25, 0.25, 0.25].map((z) => expect.closeTo(z, 12)),
    );
  });

  test('without [0, 1] only the threshold is left', () => {
    expect([...inL1Ball([3, -1, 0.5], 2)]).toEqual([2, 0, 0].map((z) => expect.closeTo(z, 12)));
    expect([...inL1Ball([0.25, -0.5], 2)]).toEqual([0.25, -0.5]);
  });
});

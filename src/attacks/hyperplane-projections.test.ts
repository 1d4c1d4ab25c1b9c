import { expect, test } from 'vitest';
import { uniforms } from '../random/index.ts';
import { dualSize, shortestWay } from './hyperplane-projections.ts';
import { type NormName, normNames, norms } from './norms.ts';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((total, value, i) => total + value * b[i], 0);

const drawn = (example: number, draw: number, size: number, low: number, high: number) => {
  const values = new Float32Array(size);
  uniforms({ seed: 11, purpose: 'noise', example, draw }, values, low, high);
  return values;
};

/** A random problem of 1 to 8 coordinates; some have coordinates that play no part, or that are at a face. */
const problem = (example: number) => {
  const size = 1 + (example % 8);
  const v = drawn(example, 0, size, 0, 1);
  const w = drawn(example, 1, size, -1, 1);
  if (example % 3 === 0) w[example % size] = 0;
  if (example % 5 === 0) v[(example + 1) % size] = example % 2;
  const [share] = drawn(example, 2, 1, -1.2, 1.2);
  const side = share < 0 ? -1 : 1;
  const most = Array.from(w).reduce(
    (total, weight, i) => total + Math.abs(weight) * (side * weight > 0 ? v[i] : 1 - v[i]),
    0,
  );
  // Beyond 1 no point of [0, 1] is on the hyperplane.
  return { v, w, c: share * most, feasible: Math.abs(share) <= 1 };
};
const problems = Array.from({ length: 400 }, (_, example) => problem(example));

const size = (norm: NormName, d: Float64Array) => norms[norm].size(Float32Array.from(d));

test.each(normNames)('%s: reaches the hyperplane within [0, 1], or every face', (norm) => {
  for (const { v, w, c, feasible } of problems) {
    const d = shortestWay[norm](v, w, c);
    for (const [i, moved] of d.entries()) {
      expect(v[i] + moved).toBeGreaterThanOrEqual(-1e-12);
      expect(v[i] + moved).toBeLessThanOrEqual(1 + 1e-12);
      if (w[i] === 0) expect(moved).toBe(0);
      else if (!feasible) expect(v[i] + moved).toBeCloseTo(w[i] * c > 0 ? 0 : 1, 12);
    }
    if (feasible) expect(c + dot(w, d)).toBeCloseTo(0, 9);
  }
});

/**
 * The optimum by duality: the largest lower bound min_d |d| + t (c + <w, d>) over t in the box is the length itself. For each norm the
 * inner minimum is found in closed form or on a fine grid, here by trying lengths: the least length whose ball reaches the hyperplane.
 */
const reachOf: Readonly<Record<NormName, (room: number[], weight: number[], length: number) => number>> = {
  // The most that <w, d> can change by with |d| <= length: each coordinate on its own.
  linf: (room, weight, length) =>
    room.reduce((total, most, i) => total + weight[i] * Math.min(most, length), 0),
  // Greedy: all of the length to the largest weights. Every order is tried, so that nothing is taken on trust.
  l1: (room, weight, length) =>
    Math.max(
      ...orders(room.length).map((order) => {
        let left = length;
        return order.reduce((total, i) => {
          const moved = Math.min(room[i], left);
          left -= moved;
          return total + weight[i] * moved;
        }, 0);
      }),
    ),
  // Every set of coordinates at their face, the others in proportion to their weight.
  l2: (room, weight, length) => {
    let best = 0;
    for (let set = 0; set < 2 ** room.length; set += 1) {
      const at = (i: number) => ((set >> i) & 1) === 1;
      const used = room.reduce((total, most, i) => total + (at(i) ? most ** 2 : 0), 0);
      const slope = weight.reduce((total, each, i) => total + (at(i) ? 0 : each ** 2), 0);
      if (used > length ** 2 + 1e-12) continue;
      const share = slope > 0 ? Math.sqrt(Math.max(length ** 2 - used, 0) / slope) : 0;
      if (weight.some((each, i) => !at(i) && share * each > room[i] + 1e-12)) continue;
      best = Math.max(
        best,
        room.reduce((total, most, i) => total + weight[i] * (at(i) ? most : share * weight[i]), 0),
      );
    }
    return best;
  },
};

function orders(count: number): number[][] {
  if (count === 0) return [[]];
  return orders(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, at) => [...order.slice(0, at), count - 1, ...order.slice(at)]),
  );
}

test.each(normNames)('%s: no shorter way leads there', (norm) => {
  const few = problems.filter(({ v, feasible }) => feasible && v.length <= (norm === 'l1' ? 5 : 8));
  for (const { v, w, c } of few) {
    const weight = [...w].map(Math.abs);
    const room = [...w].map((each, i) => (each * c > 0 ? v[i] : 1 - v[i]));
    const length = size(norm, shortestWay[norm](v, w, c));
    const short = Math.max(length * (1 - 1e-4) - 1e-6, 0);
    expect(reachOf[norm](room, weight, length * (1 + 1e-6) + 1e-6)).toBeGreaterThanOrEqual(
      Math.abs(c) - 1e-6,
    );
    if (length > 1e-3) expect(reachOf[norm](room, weight, short)).toBeLessThan(Math.abs(c));
  }
});

test('known ways, with and without a face in between', () => {
  const v = Float32Array.of(0.5, 0.25, 0.5);
  const w = Float32Array.of(1, 2, 0);
  expect([...shortestWay.linf(v, w, 0.75)]).toEqual([-0.25, -0.25, 0]);
  // The second is at its face after 0.25, and the first does the rest: 0.875 = 2 0.25 + 0.375.
  expect([...shortestWay.linf(v, w, 0.875)]).toEqual([-0.375, -0.25, 0]);
  expect([...shortestWay.l2(v, w, 0.5)]).toEqual([-0.1, -0.2, 0].map((each) => expect.closeTo(each, 12)));
  expect([...shortestWay.l1(v, w, 0.25)]).toEqual([0, -0.125, 0]);
  expect([...shortestWay.l1(v, w, 0.75)]).toEqual([-0.25, -0.25, 0]);
  // To the other side, from below.
  expect([...shortestWay.linf(v, w, -0.75)]).toEqual([0.25, 0.25, 0]);
  // Farther than all faces.
  for (const norm of normNames) expect([...shortestWay[norm](v, w, 4)]).toEqual([-0.5, -0.25, 0]);
});

test.each(normNames)('%s: a hyperplane without a slope, or through v, moves nothing', (norm) => {
  const v = Float32Array.of(0.5, 0.25);
  expect([...shortestWay[norm](v, new Float32Array(2), 1)]).toEqual([0, 0]);
  expect([...shortestWay[norm](v, Float32Array.of(1, -1), 0)].map(Math.abs)).toEqual([0, 0]);
});

test.each(normNames)('%s: without faces, the distance is |c| over the dual norm', (norm) => {
  const w = Float32Array.of(0.5, -1, 0.25);
  const d = shortestWay[norm](new Float32Array(3).fill(0.5), w, 0.1);
  expect(size(norm, d)).toBeCloseTo(0.1 / dualSize[norm](w), 6);
});

test('in L2 a coordinate of |w| < 1e-8 stays where it is, also where no face suffices', () => {
  const [v, w] = [Float32Array.of(0.5, 0.5), Float32Array.of(9e-9, 2e-8)];
  for (const c of [1, 1e-8, -1]) expect(shortestWay.l2(v, w, c)[0]).toBe(0);
  expect([...shortestWay.l2(v, w, 1)]).toEqual([0, -0.5]);
  expect([...shortestWay.linf(v, w, 1)]).toEqual([-0.5, -0.5]);
});

/**
 * The nearest point of a hyperplane within [0, 1], in L-infinity, L2 and L1 (Croce & Hein 2020, arXiv 1907.02044, section 2.2).
 *
 *   min |d|   subject to   c + <w, d> = 0,   0 <= v + d <= 1
 *
 * With w turned so that c >= 0, and room_i the distance from v_i to the face that d_i moves to (v_i where w_i > 0, else 1 - v_i):
 *
 *   linf  d_i = -sign(w_i) min(l, room_i)          smallest l with sum |w_i| min(l, room_i) = c
 *   l2    d_i = -sign(w_i) min(l |w_i|, room_i)    smallest l with sum |w_i| min(l |w_i|, room_i) = c
 *   l1    coordinates of the largest |w_i| go to their face, one after another, until c is used up; the last part of the way
 *
 * A coordinate of w_i = 0 never moves, nor in L2, as in the published code, one of |w_i| < 1e-8. Where even all faces do not suffice,
 * every other one goes to its face.
 */
import type { NormName } from './norms.ts';

/** The distance from v_i to the face of [0, 1] that d_i moves to. `side` is the sign of c. */
const roomOf = (v: number, w: number, side: number) => (side * w > 0 ? v : 1 - v);

/**
 * d_i = -sign(w_i) min(l speed_i, room_i). The sum to solve is concave and piecewise linear in l, so that Newton's method from 0 never
 * passes the solution, and is there as soon as no further coordinate arrives at its face.
 */
const byCommonLength =
  (speedOf: (weight: number) => number, least: number) =>
  (v: Float32Array, w: Float32Array, c: number): Float64Array => {
    const side = c < 0 ? -1 : 1;
    let length = 0;
    let moving = Number.POSITIVE_INFINITY;
    for (;;) {
      let [left, slope, count] = [Math.abs(c), 0, 0];
      for (let i = 0; i < w.length; i += 1) {
        const weight = Math.abs(w[i]);
        if (weight < least) continue;
        const speed = speedOf(weight);
        const room = roomOf(v[i], w[i], side);
        if (length * speed >= room) left -= weight * room;
        else {
          slope += weight * speed;
          count += 1;
        }
      }
      if (count === 0 || count === moving) break;
      moving = count;
      // Rounding, where what is left is next to nothing, shall not turn back.
      length = slope > 0 ? Math.max(length, left / slope) : Number.MAX_VALUE;
    }
    const d = new Float64Array(w.length);
    for (let i = 0; i < w.length; i += 1)
      if (Math.abs(w[i]) >= least)
        d[i] = -side * Math.sign(w[i]) * Math.min(length * speedOf(Math.abs(w[i])), roomOf(v[i], w[i], side));
    return d;
  };

/** Coordinates of falling |w_i|; of equal ones, those of the lowest index first. */
function byFallingWeight(v: Float32Array, w: Float32Array, c: number): Float64Array {
  const side = c < 0 ? -1 : 1;
  const weights = w.map(Math.abs).sort();
  const used = (least: number) => {
    let total = 0;
    for (let i = 0; i < w.length; i += 1)
      if (Math.abs(w[i]) >= least) total += Math.abs(w[i]) * roomOf(v[i], w[i], side);
    return total;
  };
  // The largest weight at which c is used up: all above go to their face.
  let [low, high] = [0, weights.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (used(weights[middle]) >= Math.abs(c)) low = middle;
    else high = middle;
  }
  const last = weights[low] ?? 0;
  const d = new Float64Array(w.length);
  let left = Math.abs(c);
  for (const isLast of [false, true])
    for (let i = 0; i < w.length; i += 1) {
      const weight = Math.abs(w[i]);
      if (weight === 0 || (isLast ? weight !== last : weight <= last)) continue;
      const moved = Math.min(roomOf(v[i], w[i], side), left / weight);
      d[i] = -side * Math.sign(w[i]) * moved;
      left = Math.max(left - weight * moved, 0);
    }
  return d;
}

/** The shortest way from v to the hyperplane, d. v is in [0, 1], and c is what the hyperplane's function is at v. */
export const shortestWay: Readonly<
  Record<NormName, (v: Float32Array, w: Float32Array, c: number) => Float64Array>
> = {
  linf: byCommonLength(() => 1, Number.MIN_VALUE),
  l2: byCommonLength((weight) => weight, 1e-8),
  l1: byFallingWeight,
};

/** The dual norm: |f| / |w| of it is how far a hyperplane is. */
export const dualSize: Readonly<Record<NormName, (w: Float32Array) => number>> = {
  linf: (w) => w.reduce((total, value) => total + Math.abs(value), 0),
  l2: (w) => Math.sqrt(w.reduce((total, value) => total + value * value, 0)),
  l1: (w) => w.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
};

/**
 * The nearest point, in L2, of an L1 ball and of [0, 1] at once (Croce & Hein 2021, arXiv 2103.01208, proposition 2.1): projecting
 * on the ball and then cutting to [0, 1] would lose most of the radius.
 *
 *   min |z - y|_2  s.t.  |z|_1 <= epsilon,  0 <= x + z <= 1:
 *   z_i = sign(y_i) max(min(room_i, |y_i| - t), 0)
 *
 * with room_i the distance from x_i to 0 or 1, whichever y_i points to, and t the smallest threshold >= 0 that satisfies the ball.
 */

/**
 * The smallest t >= 0 with sum max(min(rooms_i, lengths_i - t), 0) <= epsilon. That sum falls piecewise linearly: term i from
 * t = lengths_i - rooms_i on, until it is 0 at t = lengths_i.
 */
function thresholdOf(lengths: Float64Array, rooms: Float64Array, epsilon: number): number {
  const starts = lengths.map((length, i) => Math.max(length - rooms[i], 0)).sort();
  const ends = lengths.toSorted();
  let total = lengths.reduce((sum, length, i) => sum + Math.min(length, rooms[i]), 0);
  let [threshold, falling, started, ended] = [0, 0, 0, 0];
  while (total > epsilon && ended < ends.length) {
    const starting = started < starts.length && starts[started] <= ends[ended];
    const next = starting ? starts[started] : ends[ended];
    const there = total - falling * (next - threshold);
    if (there <= epsilon) return threshold + (total - epsilon) / falling;
    [total, threshold] = [there, next];
    if (starting) started += 1;
    else ended += 1;
    falling += starting ? 1 : -1;
  }
  return threshold;
}

/** Each value brought nearer to 0 by the threshold, and no further from it than its room. */
function shrunk(values: ArrayLike<number>, rooms: Float64Array, epsilon: number): Float64Array {
  const lengths = Float64Array.from(values, Math.abs);
  const threshold = thresholdOf(lengths, rooms, epsilon);
  return lengths.map((length, i) => {
    const left = Math.max(Math.min(rooms[i], length - threshold), 0);
    return values[i] < 0 ? -left : left;
  });
}

/** The nearest perturbation of the L1 ball alone. */
export const inL1Ball = (perturbation: ArrayLike<number>, epsilon: number): Float64Array =>
  shrunk(perturbation, new Float64Array(perturbation.length).fill(Number.POSITIVE_INFINITY), epsilon);

/** The nearest perturbation that keeps an image of [0, 1] in there, in the L1 ball. */
export function inL1BallAndRange(
  clean: Float32Array,
  perturbation: ArrayLike<number>,
  epsilon: number,
): Float64Array {
  const rooms = Float64Array.from(clean, (value, i) => (perturbation[i] < 0 ? value : 1 - value));
  return shrunk(perturbation, rooms, epsilon);
}

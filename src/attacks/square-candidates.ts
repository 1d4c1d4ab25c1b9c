/**
 * Where the candidates of the Square attack come from, as in AutoAttack (fra31/auto-attack), norm by norm:
 *
 *   linf  start: vertical stripes of x +- epsilon;  query: a window of x +- epsilon, one sign a channel
 *   l2    start: tiles of bumps;  query: what two windows hold is moved into the first, as bumps of two opposite halves
 *   l1    the same with L1 norms and narrower bumps, then the projection on the ball and [0, 1]
 *
 * Draws are a function of (seed, example, restart, query); the published code draws one window for a whole batch. In it no window
 * reaches the last row or column, unless the window is as large as the image; so it is here.
 */
import type { ImageShape } from '../nn/index.ts';
import { uniforms } from '../random/index.ts';
import type { AttackOptions, SearchKey } from './definition.ts';
import { inL1BallAndRange } from './l1-projection.ts';
import type { NormName } from './norms.ts';

/** Images [C, H, W] inside the ball around a clean one and in [0, 1], written to `out`. */
export interface Candidates {
  start(key: SearchKey, clean: Float32Array, out: Float32Array): void;
  /** The candidate of query 1, 2, ..., with a window of so many rows and columns, from the best image so far. */
  propose(
    key: SearchKey,
    query: { readonly number: number; readonly side: number },
    clean: Float32Array,
    best: Float32Array,
    out: Float32Array,
  ): void;
}

export interface SquareNorm {
  /** Rows and columns of the window that has `area` pixels or about as many. */
  readonly side: (area: number, shape: ImageShape) => number;
  readonly candidates: (shape: ImageShape, options: Pick<AttackOptions, 'epsilon'>) => Candidates;
}

/** Numbers in [0, 1) of one query; query 0 is the start. */
function draw({ seed, example, restart }: SearchKey, query: number, count: number): Float32Array {
  const numbers = new Float32Array(count);
  uniforms({ seed, purpose: 'attack-query', example, epoch: restart, draw: query }, numbers, 0, 1);
  return numbers;
}

const signOf = (number: number) => (number < 0.5 ? -1 : 1);
const intoImage = (value: number) => Math.min(Math.max(value, 0), 1);

function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  return value - below === 0.5 ? below + (below % 2) : Math.round(value);
}

const linf: SquareNorm = {
  side: (area, { height, width }) => Math.min(Math.max(roundHalfToEven(Math.sqrt(area)), 1), height, width),
  candidates: ({ channels, height, width }, { epsilon }) => ({
    start(key, clean, out) {
      const numbers = draw(key, 0, channels * width);
      for (let at = 0; at < out.length; at += 1) {
        const channel = Math.floor(at / (height * width));
        out[at] = intoImage(clean[at] + epsilon * signOf(numbers[channel * width + (at % width)]));
      }
    },
    propose(key, { number, side }, clean, best, out) {
      const [row, column, ...signs] = draw(key, number, 2 + channels);
      const top = Math.floor(row * (height - side));
      const left = Math.floor(column * (width - side));
      out.set(best);
      for (const [channel, number] of signs.entries())
        for (let y = top; y < top + side; y += 1)
          for (let x = left; x < left + side; x += 1) {
            const at = (channel * height + y) * width + x;
            // The published step adds +-2 epsilon to the best image, and cuts that to the ball: from anywhere in it, to its border.
            out[at] = intoImage(clean[at] + epsilon * signOf(number));
          }
    },
  }),
};

/** What tells the attack in L1 from that in L2. */
interface BumpNorm {
  readonly size: (values: Float64Array) => number;
  /** Ring k of a bump adds 1 / (k + 1)^power. */
  readonly power: number;
  /** The new size of a channel's first window, from what both windows of the channel hold and the size of the whole. */
  readonly windowSize: (held: number, whole: number, epsilon: number, channels: number) => number;
  /** The perturbation that a start or query comes to, in the ball: before it is cut to [0, 1]. */
  readonly finish: (delta: Float64Array, clean: Float32Array, epsilon: number) => Float64Array;
}

const inL2: BumpNorm = {
  size(values) {
    let squares = 0;
    for (const value of values) squares += value * value;
    return Math.sqrt(squares);
  },
  power: 2,
  windowSize: (held, whole, epsilon, channels) =>
    Math.sqrt(Math.max(epsilon ** 2 - whole ** 2, 0) / channels + held ** 2),
  finish: (delta, _clean, epsilon) => toSize(inL2, delta, epsilon),
};

const inL1: BumpNorm = {
  size(values) {
    let total = 0;
    for (const value of values) total += Math.abs(value);
    return total;
  },
  power: 4,
  windowSize: (held, whole, epsilon, channels) => (Math.max(epsilon - whole, 0) / channels + held) * channels,
  finish: (delta, clean, epsilon) => inL1BallAndRange(clean, delta, epsilon * (1 - 1e-6)),
};

// Of the published code: keeps what has no size from dividing by zero.
const tiny = 1e-12;

function toSize({ size }: BumpNorm, values: Float64Array, to: number): Float64Array {
  const scale = to / (size(values) + tiny);
  return values.map((value) => value * scale);
}

/** A bump on rows x columns, of size 1: sum over k >= d of 1 / (k + 1)^power, with d the distance from the middle in rings. */
function bump(norm: BumpNorm, rows: number, columns: number): Float64Array {
  const [y0, x0] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const rings = Math.max(y0, x0) + 1;
  const values = new Float64Array(rows * columns);
  for (let at = 0; at < values.length; at += 1) {
    const ring = Math.max(Math.abs(Math.floor(at / columns) - y0), Math.abs((at % columns) - x0));
    for (let k = ring; k < rings; k += 1) values[at] += 1 / (k + 1) ** norm.power;
  }
  return toSize(norm, values, 1);
}

/** Two bumps of opposite signs, one above the other, together of size 1: [side, side]. */
function twoBumps(norm: BumpNorm, side: number): Float64Array {
  const half = Math.floor(side / 2);
  const values = new Float64Array(side * side);
  values.set(bump(norm, half, side));
  values.set(toSize(norm, bump(norm, side - half, side), -1), half * side);
  return toSize(norm, values, 1);
}

/** The places of a window's values in a channel [H, W], row by row. */
function placesOf(top: number, left: number, side: number, width: number): Int32Array {
  const places = new Int32Array(side * side);
  for (let i = 0; i < places.length; i += 1)
    places[i] = (top + Math.floor(i / side)) * width + left + (i % side);
  return places;
}

const ofBumps = (norm: BumpNorm): SquareNorm => ({
  side(area, { height, width }) {
    const side = Math.max(roundHalfToEven(Math.sqrt(area)), 3);
    return Math.min(side + 1 - (side % 2), height, width);
  },

  candidates({ channels, height, width }, { epsilon }) {
    const area = height * width;
    const patterns = new Map<string, Float64Array>();
    /** Upright or lying. */
    const patternOf = (side: number, lying: boolean): Float64Array => {
      const known = patterns.get(`${side} ${lying}`);
      if (known) return known;
      const upright = twoBumps(norm, side);
      const pattern = lying
        ? upright.map((_, i) => upright[(i % side) * side + Math.floor(i / side)])
        : upright;
      patterns.set(`${side} ${lying}`, pattern);
      return pattern;
    };
    const finish = (delta: Float64Array, clean: Float32Array, out: Float32Array) => {
      const perturbation = norm.finish(delta, clean, epsilon);
      for (let at = 0; at < out.length; at += 1) out[at] = intoImage(clean[at] + perturbation[at]);
    };

    return {
      // The published code has tiles for square images alone; here as many as fit, in the middle.
      start(key, clean, out) {
        const side = Math.max(Math.floor(Math.min(height, width) / 5), 1);
        const [rows, columns] = [Math.floor(height / side), Math.floor(width / side)];
        const [top, left] = [height - side * rows, width - side * columns].map((rest) =>
          Math.floor(rest / 2),
        );
        const numbers = draw(key, 0, rows * columns * (1 + channels));
        const delta = new Float64Array(out.length);
        for (let tile = 0; tile < rows * columns; tile += 1) {
          const [lying, ...signs] = numbers.subarray(tile * (1 + channels), (tile + 1) * (1 + channels));
          const pattern = patternOf(side, lying > 0.5);
          const [y0, x0] = [top + side * Math.floor(tile / columns), left + side * (tile % columns)];
          for (const [i, at] of placesOf(y0, x0, side, width).entries())
            for (const [channel, number] of signs.entries())
              delta[channel * area + at] = signOf(number) * pattern[i];
        }
        finish(delta, clean, out);
      },

      propose(key, { number, side }, clean, best, out) {
        const numbers = draw(key, number, 5 + channels);
        const [row, column, otherRow, otherColumn, lying, ...signs] = numbers;
        const windowAt = (down: number, right: number) =>
          placesOf(Math.floor(down * (height - side)), Math.floor(right * (width - side)), side, width);
        const [first, second] = [windowAt(row, column), windowAt(otherRow, otherColumn)];
        const pattern = patternOf(side, lying > 0.5);
        const delta = new Float64Array(out.length);
        for (let at = 0; at < out.length; at += 1) delta[at] = best[at] - clean[at];
        const whole = norm.size(delta);
        for (const [channel, number] of signs.entries()) {
          const values = delta.subarray(channel * area, (channel + 1) * area);
          const old = new Float64Array(first.length);
          for (const [i, at] of first.entries()) {
            old[i] = values[at];
            values[at] = 0;
          }
          // What the second window holds beyond the first: where they overlap it is counted once.
          const beyond = new Float64Array(second.length);
          for (const [i, at] of second.entries()) {
            beyond[i] = values[at];
            values[at] = 0;
          }
          const oldSize = norm.size(old);
          const held = norm.size(Float64Array.of(oldSize, norm.size(beyond)));
          const fresh = old.map((value, i) => signOf(number) * pattern[i] + value / (tiny + oldSize));
          const moved = toSize(norm, fresh, norm.windowSize(held, whole, epsilon, channels));
          for (const [i, at] of first.entries()) values[at] = moved[i];
        }
        finish(delta, clean, out);
      },
    };
  },
});

export const squareNorms: Readonly<Record<NormName, SquareNorm>> = {
  linf,
  l2: ofBumps(inL2),
  l1: ofBumps(inL1),
};

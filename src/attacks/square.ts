/**
 * Square attack (Andriushchenko et al. 2020, arXiv 1912.00049): a random search that changes one square of pixels at a
 * time, whose side shrinks as queries are used up. It asks for logits alone, so gradients that mislead do not mislead it.
 *
 *   linf  start: vertical stripes of x0 +- epsilon;  query: a square of x0 +- epsilon, one sign a channel
 *   l2    start: a grid of bumps;  query: the mass of one square moves into another, as a bump of two opposite halves
 *
 * A square has side sqrt(p H W), with p = 0.8, halved at 10, 50, 200, ... of 10,000 queries or in proportion (the
 * published code). Draws are a function of (seed, example, restart, query), so the batch does not matter.
 */
import type { z } from 'zod';
import type { ImageShape } from '../nn/index.ts';
import { uniforms } from '../random/index.ts';
import { type AttackOptions, defineAttack, optionsSchema, type SearchKey } from './definition.ts';
import type { AscentNormName } from './norms.ts';

const share = 0.8;
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
const wholeSchedule = 10_000;

/** The share p of an image's pixels that a square has, at a query of so many. */
export function squareShare(query: number, queries: number): number {
  const at = Math.floor((query / queries) * wholeSchedule);
  return share / 2 ** halvings.filter((border) => at > border).length;
}

/** Numbers in [0, 1) of one query; query 0 is the start. */
function draw({ seed, example, restart }: SearchKey, query: number, count: number): Float32Array {
  const numbers = new Float32Array(count);
  uniforms({ seed, purpose: 'attack-query', example, epoch: restart, draw: query }, numbers, 0, 1);
  return numbers;
}

const signOf = (number: number) => (number < 0.5 ? -1 : 1);
const place = (number: number, places: number) => Math.min(Math.floor(number * places), places - 1);
const intoImage = (value: number) => Math.min(Math.max(value, 0), 1);

/** Where candidates come from: images [C, H, W] inside the ball around a clean one and in [0, 1], written to `out`. */
interface Candidates {
  start(key: SearchKey, clean: Float32Array, out: Float32Array): void;
  /** The candidate of query 1, 2, ..., from the best image so far. */
  propose(key: SearchKey, query: number, clean: Float32Array, best: Float32Array, out: Float32Array): void;
}

type CandidatesOf = (shape: ImageShape, options: Pick<AttackOptions, 'epsilon' | 'steps'>) => Candidates;

const linf: CandidatesOf = ({ channels, height, width }, { epsilon, steps }) => ({
  start(key, clean, out) {
    const numbers = draw(key, 0, channels * width);
    for (let at = 0; at < out.length; at += 1) {
      const channel = Math.floor(at / (height * width));
      out[at] = intoImage(clean[at] + epsilon * signOf(numbers[channel * width + (at % width)]));
    }
  },
  propose(key, query, clean, best, out) {
    const side = Math.round(Math.sqrt(squareShare(query - 1, steps) * height * width));
    const size = Math.min(Math.max(side, 1), height, width);
    const [row, column, ...signs] = draw(key, query, 2 + channels);
    const top = place(row, height - size + 1);
    const left = place(column, width - size + 1);
    out.set(best);
    for (const [channel, number] of signs.entries())
      for (let y = top; y < top + size; y += 1)
        for (let x = left; x < left + size; x += 1) {
          const at = (channel * height + y) * width + x;
          out[at] = intoImage(clean[at] + epsilon * signOf(number));
        }
  },
});

/**
 * A bump of unit length on rows x columns, highest in the middle: sum over k >= d of 1 / (k + 1)^2, with d the distance
 * from the middle in rings.
 */
function bump(rows: number, columns: number): Float64Array {
  const [y0, x0] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const rings = Math.max(y0, x0) + 1;
  const values = new Float64Array(rows * columns);
  for (let at = 0; at < values.length; at += 1) {
    const ring = Math.max(Math.abs(Math.floor(at / columns) - y0), Math.abs((at % columns) - x0));
    for (let k = ring; k < rings; k += 1) values[at] += 1 / (k + 1) ** 2;
  }
  return scaled(values, 1);
}

/** Two bumps of opposite signs, one above the other, together of unit length: [size, size]. */
function twoBumps(size: number): Float64Array {
  const half = Math.floor(size / 2);
  const values = new Float64Array(size * size);
  values.set(bump(half, size));
  values.set(scaled(bump(size - half, size), -1), half * size);
  return scaled(values, 1);
}

/** At a new length, negative to turn it around; what has none stays. */
function scaled(values: Float64Array, to: number): Float64Array {
  const length = lengthOf(values);
  return length === 0 ? values : values.map((value) => (value * to) / length);
}

const lengthOf = (values: Float64Array) =>
  Math.sqrt(values.reduce((total, value) => total + value * value, 0));

const tiny = 1e-10;

const l2: CandidatesOf = ({ channels, height, width }, { epsilon, steps }) => {
  const area = height * width;
  const patterns = new Map<number, Float64Array>();
  /** The pattern's value at [y, x], upright or lying. */
  const patternOf = (size: number, lying: boolean) => {
    const pattern = patterns.get(size) ?? twoBumps(size);
    patterns.set(size, pattern);
    return (y: number, x: number) => (lying ? pattern[x * size + y] : pattern[y * size + x]);
  };
  const finish = (delta: Float64Array, clean: Float32Array, out: Float32Array) => {
    const long = scaled(delta, epsilon);
    for (let at = 0; at < out.length; at += 1) out[at] = intoImage(clean[at] + long[at]);
  };

  return {
    start(key, clean, out) {
      const size = Math.max(Math.floor(Math.min(height, width) / 5), 1);
      const [rows, columns] = [Math.min(5, height), Math.min(5, width)];
      const [top, left] = [height - size * rows, width - size * columns].map((rest) => Math.floor(rest / 2));
      const numbers = draw(key, 0, rows * columns * (1 + channels));
      const delta = new Float64Array(out.length);
      for (let tile = 0; tile < rows * columns; tile += 1) {
        const [lying, ...signs] = numbers.subarray(tile * (1 + channels), (tile + 1) * (1 + channels));
        const pattern = patternOf(size, lying > 0.5);
        const [y0, x0] = [top + size * Math.floor(tile / columns), left + size * (tile % columns)];
        for (const [channel, number] of signs.entries())
          for (let y = 0; y < size; y += 1)
            for (let x = 0; x < size; x += 1)
              delta[channel * area + (y0 + y) * width + x0 + x] = signOf(number) * pattern(y, x);
      }
      finish(delta, clean, out);
    },

    propose(key, query, clean, best, out) {
      const side = Math.max(Math.round(Math.sqrt(squareShare(query - 1, steps) * area)), 3);
      const size = Math.min(side + 1 - (side % 2), height, width);
      const numbers = draw(key, query, 5 + channels);
      const [toRow, toColumn, fromRow, fromColumn, lying, ...signs] = numbers;
      const [toTop, fromTop] = [toRow, fromRow].map((number) => place(number, height - size + 1));
      const [toLeft, fromLeft] = [toColumn, fromColumn].map((number) => place(number, width - size + 1));
      const delta = Float64Array.from(best, (value, at) => value - clean[at]);
      const unused = Math.max(epsilon ** 2 - lengthOf(delta) ** 2, 0) / channels;
      const pattern = patternOf(size, lying > 0.5);
      for (const [channel, number] of signs.entries()) {
        const at = (top: number, left: number, i: number) =>
          channel * area + (top + Math.floor(i / size)) * width + left + (i % size);
        const old = Float64Array.from({ length: size * size }, (_, i) => delta[at(toTop, toLeft, i)]);
        const oldLength = lengthOf(old);
        // The mass of both squares, where they overlap counted once.
        let mass = oldLength ** 2;
        for (let i = 0; i < size * size; i += 1) delta[at(toTop, toLeft, i)] = 0;
        for (let i = 0; i < size * size; i += 1) {
          mass += delta[at(fromTop, fromLeft, i)] ** 2;
          delta[at(fromTop, fromLeft, i)] = 0;
        }
        const fresh = old.map(
          (value, i) => signOf(number) * pattern(Math.floor(i / size), i % size) + value / (tiny + oldLength),
        );
        const long = scaled(fresh, Math.sqrt(unused + mass));
        for (let i = 0; i < size * size; i += 1) delta[at(toTop, toLeft, i)] = long[i];
      }
      finish(delta, clean, out);
    },
  };
};

const candidatesIn: Readonly<Record<AscentNormName, CandidatesOf>> = { linf, l2 };

/** The candidates of the square attack in the ball of a norm. */
export function squareCandidates(
  shape: ImageShape,
  options: Pick<AttackOptions, 'epsilon' | 'steps'> & { readonly norm: AscentNormName },
): Candidates {
  return candidatesIn[options.norm](shape, options);
}

/** z_y - max_{j != y} z_j */
function marginOf(logits: Float32Array, label: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k += 1) if (k !== label) other = Math.max(other, logits[k]);
  return logits[label] - other;
}

const options = optionsSchema('square', ['linf', 'l2'], {});

export type SquareOptions = Readonly<z.output<typeof options>>;

/** The image is replaced by a candidate wherever that lowers the margin, and left as soon as it is misclassified. */
export const squareAttack = defineAttack({
  name: 'square',
  summary: 'random search by logits alone',
  asks: 'logits',
  forms: [
    { form: 'square-<N>', summary: 'N queries of a random search (Andriushchenko et al. 2020)' },
    { form: 'square-<N>-l2', summary: 'the same in L2', options: () => ({ norm: 'l2' }) },
  ],
  options,
  defaults: () => ({ norm: 'linf', steps: 1000, restarts: 1 }),
  search(given, { images }) {
    const candidates = squareCandidates(images, given);
    return {
      begin({ key, clean, label }, x) {
        candidates.start(key, clean, x);
        const best = x.slice();
        let margin = Number.POSITIVE_INFINITY;
        return {
          next({ step, logits, misclassified }) {
            if (misclassified) return 'done';
            const found = marginOf(logits, label);
            if (found < margin) {
              best.set(x);
              margin = found;
            }
            if (step === given.steps) {
              x.set(best);
              return 'done';
            }
            candidates.propose(key, step + 1, clean, best, x);
            return 'continue';
          },
        };
      },
    };
  },
});

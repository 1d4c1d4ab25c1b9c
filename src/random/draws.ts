/** Whole numbers and permutations without bias. */
import { InputError } from '../errors.ts';
import { eachChunk, fillWords, type StreamKey } from './stream.ts';

const BUFFER_WORDS = 1024;

/**
 * A reader of the stream that gives one integer in 0 .. bound - 1 a call, for bounds that may change between calls.
 * hi(word * bound) is the result; words whose low half falls below 2^32 mod bound are skipped, which removes the bias
 * (Lemire, 'Fast random integer generation in an interval', 2019).
 */
function bounded(key: StreamKey, expected: number): (bound: number) => number {
  const buffer = new Uint32Array(Math.min(BUFFER_WORDS, Math.max(4, Math.ceil(expected / 4) * 4)));
  let block = 0;
  let next = buffer.length;
  return (bound) => {
    for (;;) {
      if (next === buffer.length) {
        fillWords(key, buffer, block);
        block += buffer.length / 4;
        next = 0;
      }
      const word = buffer[next++];
      const low = Math.imul(word, bound) >>> 0;
      // The first test is implied by the second; it spares the division almost always.
      if (low >= bound || low >= 2 ** 32 % bound) return multiplyHigh(word, bound);
    }
  };
}

/** floor(a * b / 2^32) for 32-bit a and b: with b = bh 2^16 + bl every product and sum is below 2^53, so exact. */
function multiplyHigh(a: number, b: number): number {
  const low = a * (b & 0xffff);
  return Math.floor((a * (b >>> 16) + Math.floor(low / 65536)) / 65536);
}

/** `count` integers of the stream, each uniform over 0 .. bound - 1. A smaller count gives a prefix. */
export function integers(key: StreamKey, count: number, bound: number): Uint32Array {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32 - 1) {
    throw new InputError(`bound ${bound} of random integers: expected an integer from 1 to ${2 ** 32 - 1}`);
  }
  const draw = bounded(key, count);
  return Uint32Array.from({ length: count }, () => draw(bound));
}

/** The integers 0 .. length - 1 in an order uniform over all orders (Fisher and Yates, in Durstenfeld's form). */
export function permutation(key: StreamKey, length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  const draw = bounded(key, length);
  for (let i = length - 1; i > 0; i--) {
    const j = draw(i + 1);
    const moved = order[i];
    order[i] = order[j];
    order[j] = moved;
  }
  return order;
}

// Normal numbers, written into memory of the caller.

/**
 * Fills `out` with z ~ N(mean, deviation^2), by the transform of Box and Muller (1958) on pairs of words (a, b):
 *   u = (a + 1/2) / 2^32,  v = b / 2^32
 *   z0 = sqrt(-2 ln u) cos(2 pi v),  z1 = sqrt(-2 ln u) sin(2 pi v)
 * The half keeps u off 0, so |z| is at most 6.8. The first n values do not depend on the length of `out`.
 */
export function normals(key: StreamKey, out: Float32Array, mean = 0, deviation = 1): void {
  const paired = out.length + (out.length % 2);
  eachChunk(key, paired, (words, offset) => {
    for (let i = 0; i < words.length; i += 2) {
      const radius = deviation * Math.sqrt(-2 * Math.log((words[i] + 0.5) * 2 ** -32));
      const angle = 2 * Math.PI * 2 ** -32 * words[i + 1];
      out[offset + i] = mean + radius * Math.cos(angle);
      // Past the end for an odd length, where typed arrays ignore the write.
      out[offset + i + 1] = mean + radius * Math.sin(angle);
    }
  });
}

// Uniform numbers, written into memory of the caller.

/**
 * Fills `out` with u ~ U(low, high): u = low + (high - low) * k / 2^24, k the upper 24 bits of a word, one word a value.
 * The first n values do not depend on the length of `out`. Rounding to float32 may give `high` itself.
 */
export function uniforms(key: StreamKey, out: Float32Array, low: number, high: number): void {
  const scale = (high - low) * 2 ** -24;
  eachChunk(key, out.length, (words, offset) => {
    for (let i = 0; i < words.length; i++) out[offset + i] = low + scale * (words[i] >>> 8);
  });
}

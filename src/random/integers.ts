/** Whole numbers and permutations without bias. */
import { InputError } from '../errors.ts';
import { fillWords, type StreamKey } from './stream.ts';

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

/**
 * What a stream of random words is: a seed, what the numbers are for, and (where they belong to one) the epoch, the
 * example and the draw. Equal keys give equal numbers, whatever was drawn before, in whatever batch, order, shard or
 * resumed run; unequal keys give unrelated numbers, because the fields map one-to-one onto Philox's key and counter.
 * Distributions are in draws.ts.
 */
import { InputError } from '../errors.ts';

/** What the numbers are for. */
export type Purpose =
  | 'initialization'
  | 'split'
  | 'shuffle'
  | 'augmentation'
  | 'attack-start'
  | 'attack-restart'
  | 'noise'
  | 'bootstrap'
  | 'attack-query'
  | 'apgd-start';

/** The number of each purpose. Never renumber: recorded runs depend on it. */
const PURPOSES: Record<Purpose, number> = {
  initialization: 1,
  split: 2,
  shuffle: 3,
  augmentation: 4,
  'attack-start': 5,
  'attack-restart': 6,
  noise: 7,
  bootstrap: 8,
  'attack-query': 9,
  'apgd-start': 10,
};

/**
 * Names one stream. Every number is an integer in 0 .. 2^32 - 1; those left out are 0.
 * `example` is an index into the data set (not into the batch); `draw` is a restart number or other sub-stream.
 */
export interface StreamKey {
  readonly seed: number;
  readonly purpose: Purpose;
  readonly epoch?: number;
  readonly example?: number;
  readonly draw?: number;
}

const LIMIT = 2 ** 32;

function word(name: string, value: number): number {
  if (!Number.isInteger(value) || value < 0 || value >= LIMIT) {
    throw new InputError(`${name} ${value} of a random stream: expected an integer from 0 to ${LIMIT - 1}`);
  }
  return value;
}

/**
 * Fills `out` with the stream's words from block `firstBlock` on; a block is 4 words.
 * Key (seed, purpose), counter (block, draw, example, epoch).
 */
export function fillWords(key: StreamKey, out: Uint32Array, firstBlock = 0): void {
  philox4x32(
    [
      firstBlock,
      word('draw', key.draw ?? 0),
      word('example', key.example ?? 0),
      word('epoch', key.epoch ?? 0),
    ],
    [word('seed', key.seed), PURPOSES[key.purpose]],
    out,
  );
}

/** Calls `visit` with the first `count` words of the stream, in chunks of an even number of words (but the last). */
export function eachChunk(
  key: StreamKey,
  count: number,
  visit: (words: Uint32Array, offset: number) => void,
): void {
  const chunk = new Uint32Array(Math.min(count, CHUNK_WORDS));
  for (let offset = 0; offset < count; offset += CHUNK_WORDS) {
    const words = count - offset < chunk.length ? chunk.subarray(0, count - offset) : chunk;
    fillWords(key, words, offset / 4);
    visit(words, offset);
  }
}

// Small enough to stay in the first-level cache; a multiple of 4, so that chunks begin at a block.
const CHUNK_WORDS = 2048;

// Philox4x32-10, the counter-based generator: a pure function of (counter, key), with no state to carry or save.
// It knows nothing of seeds or purposes; stream.ts gives the counter and the key their meaning.
//
// One round, on the counter (c0, c1, c2, c3) and the key (k0, k1), in 32-bit words:
//   c0' = hi(M1 c2) ^ c1 ^ k0      c1' = lo(M1 c2)
//   c2' = hi(M0 c0) ^ c3 ^ k1      c3' = lo(M0 c0)
// and between rounds k0 += W0, k1 += W1. Ten rounds.
// Source: Salmon, Moraes, Dror, Shaw, 'Parallel random numbers: as easy as 1, 2, 3', SC 2011.

const ROUNDS = 10;
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;

const M0_LOW = M0 & 0xffff;
const M0_HIGH = M0 >>> 16;
const M1_LOW = M1 & 0xffff;
const M1_HIGH = M1 >>> 16;

export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

/**
 * The high 32 bits of a * b, where b is given as its two 16-bit halves. Each partial sum stays below 2^32, so that
 * 32-bit integer arithmetic, the fastest JavaScript has, is enough.
 */
function multiplyHigh(a: number, bHigh: number, bLow: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const carry = ((middle & 0xffff) + Math.imul(aLow, bHigh)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/**
 * Fills `out` with the words of consecutive counters: out[4i .. 4i+3] = philox(counter + i, key), where only the
 * counter's first word advances (modulo 2^32). A length that is no multiple of 4 drops the last block's tail.
 */
export function philox4x32(counter: Counter, key: Key, out: Uint32Array): void {
  const length = out.length;
  for (let offset = 0; offset < length; offset += 4) {
    let c0 = (counter[0] + (offset >>> 2)) | 0;
    let c1 = counter[1] | 0;
    let c2 = counter[2] | 0;
    let c3 = counter[3] | 0;
    let k0 = key[0] | 0;
    let k1 = key[1] | 0;
    for (let round = 0; round < ROUNDS; round++) {
      const high0 = multiplyHigh(c0, M0_HIGH, M0_LOW);
      const low0 = Math.imul(c0, M0);
      const high1 = multiplyHigh(c2, M1_HIGH, M1_LOW);
      const low1 = Math.imul(c2, M1);
      c0 = high1 ^ c1 ^ k0;
      c1 = low1;
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + W0) | 0;
      k1 = (k1 + W1) | 0;
    }
    // Writes past the end of a typed array are ignored: the tail of a last, partial block.
    out[offset] = c0;
    out[offset + 1] = c1;
    out[offset + 2] = c2;
    out[offset + 3] = c3;
  }
}

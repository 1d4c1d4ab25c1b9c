/**
 * What a stream of random words is: a seed, what the numbers are for, and (where they belong to one) the epoch, the
 * example and the draw. Equal keys give equal numbers, whatever was drawn before, in whatever batch, order, shard or
 * resumed run; unequal keys give unrelated numbers, because the fields map one-to-one onto Philox's key and counter.
 * Distributions are in uniforms.ts, normals.ts and integers.ts.
 */
import { InputError } from '../errors.ts';
import { philox4x32 } from './philox.ts';

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
  | 'attack-query';

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

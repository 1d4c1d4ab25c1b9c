/** Uniform numbers, written into memory of the caller. Whole numbers are in integers.ts. */
import { eachChunk, type StreamKey } from './stream.ts';

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

/** Normal numbers, written into memory of the caller. */
import { eachChunk, type StreamKey } from './stream.ts';

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

/** Random numbers: pure functions of a key (seed, purpose, epoch, example, draw). */
export { integers, normals, permutation, uniforms } from './draws.ts';
export type { Purpose, StreamKey } from './stream.ts';

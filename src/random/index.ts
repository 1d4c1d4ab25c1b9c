/** Random numbers: pure functions of a key (seed, purpose, epoch, example, draw). */
export { integers, permutation } from './integers.ts';
export { normals } from './normals.ts';
export type { Purpose, StreamKey } from './stream.ts';
export { uniforms } from './uniforms.ts';

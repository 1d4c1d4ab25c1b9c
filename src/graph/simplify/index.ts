/** Simplification's public surface. */
export { simplify } from './simplify.ts';

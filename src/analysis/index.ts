/** The analysis room's public surface. */
export * from './documents/index.ts';

/** The reference engine's public surface. */
export { createReferenceEngine, type ReferenceEngine } from './engine.ts';

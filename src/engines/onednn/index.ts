/** The oneDNN engine's public surface. */
export { createOnednnEngine, type OnednnEngine, type OnednnOptions } from './engine.ts';
export type { Algorithm } from './library.ts';
export type { OnednnProgram, ProfileLine } from './program.ts';

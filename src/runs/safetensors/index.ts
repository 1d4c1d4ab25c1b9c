/** The safetensors file format, for float32 tensors. */

export type { TensorEntry } from './header.ts';
export { readSafetensors, readSafetensorsHeader } from './read.ts';
export type { StoredTensor, TensorFile } from './tensor-file.ts';
export { writeSafetensors } from './write.ts';

/** The safetensors file format, for float32 tensors. */

export { encodeFloat32 } from './dtype.ts';
export {
  readSafetensors,
  readSafetensorsHeader,
  type StoredTensor,
  type TensorFile,
  writeSafetensors,
} from './file.ts';
export type { TensorEntry } from './header.ts';

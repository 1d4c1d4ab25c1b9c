/** The safetensors file format, for float32 tensors. */

export {
  readSafetensors,
  readSafetensorsHeader,
  type StoredTensor,
  type TensorFile,
  writeSafetensors,
} from './file.ts';
export { decodeFloat32, encodeFloat32, type TensorEntry } from './header.ts';

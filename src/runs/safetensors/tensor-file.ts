/** What a safetensors file holds, once read: named float32 tensors and a map of strings. */

/** A named tensor's content: `values` has as many elements as `shape` says, the last axis fastest. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

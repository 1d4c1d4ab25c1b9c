/** What the names of an ONNX graph stand for while it is read: a tensor of our graph, or numbers that are known. */
import type { Tensor } from '../../graph/index.ts';
import type { TensorValue } from '../model.ts';

export type Known = Pick<TensorValue, 'type' | 'shape' | 'values'>;

export type ReadValue =
  | { readonly kind: 'tensor'; readonly tensor: Tensor }
  /** A weight, or the result of a computation on shapes. `name` is the file's. */
  | { readonly kind: 'known'; readonly name: string; readonly known: Known };

/** Why a node cannot be read; read-classifier.ts adds which. Not for anyone else. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

export const ofTensor = (tensor: Tensor): ReadValue => ({ kind: 'tensor', tensor });

/** A vector of whole numbers. */
export const knownInts = (values: readonly number[]): Known => ({
  type: 'int64',
  shape: [values.length],
  values: Float64Array.from(values),
});

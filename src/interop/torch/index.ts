/** Files of torch.save: the state dict in them, read without running anything; and state dicts written as such files. */
import { InputError } from '../../errors.ts';
import type { StoredTensor } from '../../runs/index.ts';
import { openTorchFile, type TorchKind } from './container.ts';
import { findState } from './find-state.ts';
import { readTensor } from './tensors.ts';

export { type TorchKind, torchKind } from './container.ts';
export { encodeTorch } from './save.ts';

export interface TorchState {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly notes: readonly string[];
}

/** The most that is decoded at once, as float32: above every network of the field. */
const MOST_ELEMENTS = 2 ** 31;

/** @throws InputError as openTorchFile, findState and readTensor do. */
export async function readTorchState(path: string, kind: TorchKind, key?: string): Promise<TorchState> {
  const file = await openTorchFile(path, kind);
  try {
    const { tensors: found, notes } = findState(path, file.value, key);
    const tensors = new Map<string, StoredTensor>();
    let elements = 0;
    for (const [name, value] of found) {
      const tensor = await readTensor(path, name, value, file);
      elements += tensor.values.length;
      if (elements > MOST_ELEMENTS) throw new InputError(`${path} holds more than ${MOST_ELEMENTS} numbers`);
      tensors.set(name, tensor);
    }
    return { tensors, notes };
  } finally {
    await file.close();
  }
}

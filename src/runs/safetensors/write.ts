/**
 * Writes float32 tensors as a safetensors file that Python's `safetensors.torch.load_file` reads.
 *
 * The same tensors and metadata give the same bytes: entries keep the order of the map.
 */

import { RunError } from '../../errors.ts';
import { writeAtomically } from '../../files/index.ts';
import { encodeFloat32 } from './dtype.ts';
import { elementCount } from './header.ts';
import type { TensorFile } from './tensor-file.ts';

/**
 * Writes `path` atomically.
 *
 * @throws RunError if a tensor does not have the number of values its shape says; as writeAtomically otherwise.
 */
export async function writeSafetensors(path: string, file: TensorFile): Promise<void> {
  await writeAtomically(path, chunks(path, file));
}

function* chunks(path: string, { tensors, metadata }: TensorFile): Generator<Uint8Array> {
  // Built by hand: an object would move names that look like numbers to the front.
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let position = 0;
  for (const [name, { shape, values }] of tensors) {
    if (values.length !== elementCount(shape) || name === '__metadata__') {
      throw new RunError(
        `cannot write ${path}: tensor ${name} of shape [${shape.join(', ')}] has ${values.length} values`,
      );
    }
    const entry = { dtype: 'F32', shape, data_offsets: [position, position + values.byteLength] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    position += values.byteLength;
  }
  const json = Buffer.from(`{${fields.join(',')}}`);
  // Spaces bring the data to a multiple of 8, so that readers may map it in place.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(padded.length));
  yield prefix;
  yield padded;
  for (const { values } of tensors.values()) yield encodeFloat32(values);
}

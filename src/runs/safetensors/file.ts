/**
 * safetensors files as values: read whole, every tensor as float32, and written so that Python's
 * `safetensors.torch.load_file` reads them. Not lazy and not memory-mapped: a checkpoint is read once.
 *
 * The same tensors and metadata give the same bytes: entries keep the order of the map.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { RunError } from '../../errors.ts';
import { fileError, writeAtomically } from '../../files/index.ts';
import {
  damaged,
  decodeFloat32,
  elementCount,
  encodeFloat32,
  type Header,
  MAX_HEADER_BYTES,
  parseHeader,
} from './header.ts';

/** A named tensor's content: `values` has as many elements as `shape` says, the last axis fastest. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that was read: `dtypes` says as what its values were stored, by the tensor's name. */
export interface ReadTensorFile extends TensorFile {
  readonly dtypes: ReadonlyMap<string, string>;
}

/**
 * Reads every tensor of `path`, in the order of the file.
 *
 * @throws InputError if the file is missing, truncated, not a safetensors file, or holds an element type that cannot be
 *   read as float32.
 */
export async function readSafetensors(path: string): Promise<ReadTensorFile> {
  return withFile(path, async (file) => {
    const { header, dataStart } = await readHeader(file, path);
    const tensors = new Map<string, StoredTensor>();
    for (const { name, dtype, shape, begin, end } of header.entries) {
      const bytes = await readExactly(file, path, dataStart + begin, end - begin);
      tensors.set(name, { shape, values: decodeFloat32(dtype, bytes) });
    }
    const dtypes = new Map(header.entries.map(({ name, dtype }) => [name, dtype]));
    return { tensors, metadata: header.metadata, dtypes };
  });
}

/** Reads the names, shapes and metadata alone. Throws as readSafetensors does. */
export async function readSafetensorsHeader(path: string): Promise<Header> {
  return withFile(path, async (file) => (await readHeader(file, path)).header);
}

async function withFile<Result>(path: string, use: (file: FileHandle) => Promise<Result>): Promise<Result> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await use(file);
  } catch (error) {
    throw fileError('read', path, error);
  } finally {
    await file?.close();
  }
}

async function readHeader(file: FileHandle, path: string): Promise<{ header: Header; dataStart: number }> {
  const { size } = await file.stat();
  if (size < 8) {
    throw damaged(`${path} is not a safetensors file: it has ${size} bytes, less than the 8 of a header`);
  }
  const prefix = await readExactly(file, path, 0, 8);
  const headerBytes = Number(Buffer.from(prefix).readBigUInt64LE());
  if (headerBytes > MAX_HEADER_BYTES) {
    throw damaged(
      `${path} is not a safetensors file: it announces a header of ${headerBytes} bytes, the limit is ${MAX_HEADER_BYTES}`,
    );
  }
  const dataStart = 8 + headerBytes;
  if (dataStart > size) {
    throw damaged(
      `${path} is truncated or not a safetensors file: it announces a header of ${headerBytes} bytes, found ${size - 8}`,
    );
  }
  const json = Buffer.from(await readExactly(file, path, 8, headerBytes)).toString('utf8');
  return { header: parseHeader(path, json, size - dataStart), dataStart };
}

async function readExactly(
  file: FileHandle,
  path: string,
  position: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) {
      throw damaged(`${path} became shorter while it was read: no bytes at ${position + done}`);
    }
    done += bytesRead;
  }
  return bytes;
}

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

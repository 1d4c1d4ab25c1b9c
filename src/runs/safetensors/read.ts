/**
 * Reads a safetensors file whole, every tensor as float32. Not lazy and not memory-mapped: a checkpoint is read once.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { fileError } from '../../files/index.ts';
import { decodeFloat32 } from './dtype.ts';
import { type Header, MAX_HEADER_BYTES, parseHeader } from './header.ts';
import type { TensorFile } from './tensor-file.ts';

/**
 * Reads every tensor of `path`, in the order of the file.
 *
 * @throws InputError if the file is missing, truncated, not a safetensors file, or holds an element type that cannot be
 *   read as float32.
 */
export async function readSafetensors(path: string): Promise<TensorFile> {
  return withFile(path, async (file) => {
    const { header, dataStart } = await readHeader(file, path);
    const tensors = new Map<string, { shape: readonly number[]; values: Float32Array }>();
    for (const { name, dtype, shape, begin, end } of header.entries) {
      const bytes = await readExactly(file, path, dataStart + begin, end - begin);
      tensors.set(name, { shape, values: decodeFloat32(dtype, bytes) });
    }
    return { tensors, metadata: header.metadata };
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
    throw new InputError(
      `${path} is not a safetensors file: it has ${size} bytes, less than the 8 of a header`,
    );
  }
  const prefix = await readExactly(file, path, 0, 8);
  const headerBytes = Number(Buffer.from(prefix).readBigUInt64LE());
  if (headerBytes > MAX_HEADER_BYTES) {
    throw new InputError(
      `${path} is not a safetensors file: it announces a header of ${headerBytes} bytes, the limit is ${MAX_HEADER_BYTES}`,
    );
  }
  const dataStart = 8 + headerBytes;
  if (dataStart > size) {
    throw new InputError(
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
      throw new InputError(`${path} became shorter while it was read: no bytes at ${position + done}`);
    }
    done += bytesRead;
  }
  return bytes;
}

/**
 * A file of torch.save as the pickle in it and the bytes that the pickle refers to. What these mean is tensors.ts.
 *
 * Since PyTorch 1.6: a zip file whose entries are stored, not compressed, all in one folder: data.pkl, byteorder, data/0, data/1 ...
 * Before: five pickles in a row (a magic number, a version, what the machine was like, the object, the keys of the storages), then
 * for each key its number of elements (u64) and its bytes. Source: torch/serialization.py.
 */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { InputError } from '../../errors.ts';
import { fileError } from '../../files/index.ts';
import { entriesOf, isNode, itemsOf, type PickleValue, textOf, unpickle, walk } from '../../pickle/index.ts';
import { openStoredZip } from './stored-zip.ts';

export interface TorchFile {
  readonly value: PickleValue;
  /** The bytes of a storage, little-endian. @throws InputError where there is none of that key. */
  readonly storage: (key: string) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/** A storage that a pickle refers to. */
export interface StorageReference {
  /** 'torch.FloatStorage' */
  readonly type: string;
  readonly key: string;
  readonly elements: number;
  /** Of legacy files: where in the storage it begins, in elements. */
  readonly offset: number;
}

/** ('storage', torch.FloatStorage, '0', 'cpu', 12); legacy files add None or (key, offset, size). */
export function storageReference(value: PickleValue | undefined): StorageReference | undefined {
  if (value === undefined || !isNode(value) || value.kind !== 'persistent') return undefined;
  const [word, type, key, , elements, view] = itemsOf(value.id) ?? [];
  if (textOf(word) !== 'storage' || type === undefined || !isNode(type) || type.kind !== 'global')
    return undefined;
  const name = textOf(key) ?? (typeof key === 'number' ? String(key) : undefined);
  if (name === undefined || typeof elements !== 'number') return undefined;
  const offset = itemsOf(view)?.[1];
  return { type: type.name, key: name, elements, offset: typeof offset === 'number' ? offset : 0 };
}

/** By the type of a storage. */
export const elementBytes: Readonly<Record<string, number>> = {
  'torch.DoubleStorage': 8,
  'torch.FloatStorage': 4,
  'torch.HalfStorage': 2,
  'torch.BFloat16Storage': 2,
  'torch.LongStorage': 8,
  'torch.IntStorage': 4,
  'torch.ShortStorage': 2,
  'torch.CharStorage': 1,
  'torch.ByteStorage': 1,
  'torch.BoolStorage': 1,
  'torch.storage.UntypedStorage': 1,
};

const MAX_PICKLE_BYTES = 2 ** 28;
const MAX_LEGACY_BYTES = 2 ** 31 - 1;
const advice = 'load it with torch and save its state_dict() again';

export type TorchKind = 'zip' | 'pickle' | 'tar';

/** What the first bytes of a file say; undefined for anything else. */
export async function torchKind(path: string): Promise<TorchKind | undefined> {
  const first = await firstBytes(path, 264);
  if (first.toString('latin1', 0, 4) === 'PK\x03\x04') return 'zip';
  if (first[0] === 0x80 && first[1] >= 2 && first[1] <= 5) return 'pickle';
  return first.toString('latin1', 257, 262) === 'ustar' ? 'tar' : undefined;
}

/** @throws InputError for files that are something else, damaged, or hold code (TorchScript). */
export async function openTorchFile(path: string, kind: TorchKind): Promise<TorchFile> {
  if (kind === 'tar')
    throw new InputError(`${path} is a file of PyTorch before 0.1.10, which is not read: ${advice}`);
  return kind === 'zip' ? openZipped(path) : openLegacy(path);
}

async function openZipped(path: string): Promise<TorchFile> {
  const zip = await openStoredZip(path);
  try {
    const [found] = zip.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
    if (found === undefined)
      throw new InputError(`${path} is a zip file without a data.pkl: not one of torch.save`);
    const folder = found.slice(0, -'/data.pkl'.length);
    if (zip.names.includes(`${folder}/constants.pkl`))
      throw new InputError(`${path} is a TorchScript model, code and all, which is not run here: ${advice}`);
    const order = `${folder}/byteorder`;
    if (zip.names.includes(order) && String(await zip.read(order, 16)).trim() !== 'little')
      throw new InputError(
        `${path} was written by a big-endian machine, which is not read: ${advice} on another`,
      );
    const { value } = unpickle(`${path}, data.pkl,`, await zip.read(found, MAX_PICKLE_BYTES));
    return { value, storage: (key) => zip.read(`${folder}/data/${key}`), close: zip.close };
  } catch (error) {
    await zip.close();
    throw error;
  }
}

const MAGIC = 0x1950a86a20f9469cfc6cn;

async function openLegacy(path: string): Promise<TorchFile> {
  const data = await wholeFile(path);
  const first = unpickle(path, data);
  // Not torch's: a pickle of arrays, perhaps.
  if (first.value !== MAGIC) return { value: first.value, storage: noStorage(path), close: async () => {} };
  const version = unpickle(path, data, first.end);
  const machine = unpickle(path, data, version.end);
  if (version.value !== 1001)
    throw new InputError(`${path} is of an unknown version of torch.save: ${advice}`);
  if (entriesOf(machine.value)?.get('little_endian') !== true)
    throw new InputError(
      `${path} was written by a big-endian machine, which is not read: ${advice} on another`,
    );
  const object = unpickle(path, data, machine.end);
  const keys = unpickle(path, data, object.end);
  const storages = legacyStorages(path, data, keys, object.value);
  return {
    value: object.value,
    storage: async (key) => storages.get(key) ?? noStorage(path)(key),
    close: async () => {},
  };
}

const noStorage = (path: string) => (key: string) => {
  throw new InputError(`${path} refers to the storage ${key}, and has none of that name: it is damaged`, [], {
    code: 'damaged',
  });
};

function legacyStorages(
  path: string,
  data: Buffer,
  { value, end }: { readonly value: PickleValue; readonly end: number },
  object: PickleValue,
): ReadonlyMap<string, Uint8Array> {
  const types = new Map<string, string>();
  for (const each of walk(object)) {
    const reference = storageReference(each);
    if (reference) types.set(reference.key, reference.type);
  }
  const storages = new Map<string, Uint8Array>();
  let at = end;
  for (const item of itemsOf(value) ?? []) {
    const key = textOf(item) ?? String(item);
    const bytes = elementBytes[types.get(key) ?? ''] ?? 0;
    const size = at + 8 <= data.length ? data.readBigUInt64LE(at) * BigInt(bytes) : -1n;
    if (bytes === 0 || size < 0n || BigInt(at + 8) + size > BigInt(data.length))
      throw new InputError(`${path} ends before its storage ${key}: it is cut or damaged`, [], {
        code: 'damaged',
      });
    storages.set(key, data.subarray(at + 8, at + 8 + Number(size)));
    at += 8 + Number(size);
  }
  return storages;
}

async function withFile<Result>(path: string, work: (file: FileHandle) => Promise<Result>): Promise<Result> {
  let file: FileHandle | undefined;
  try {
    // A pipe never ends; a link is the user's own.
    if (!(await stat(path)).isFile()) throw new InputError(`cannot read ${path}: it is not a regular file`);
    file = await open(path, 'r');
    return await work(file);
  } catch (error) {
    throw fileError('read', path, error);
  } finally {
    await file?.close();
  }
}

const firstBytes = (path: string, count: number): Promise<Buffer> =>
  withFile(path, async (file) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  });

const wholeFile = (path: string): Promise<Buffer> =>
  withFile(path, async (file) => {
    const { size } = await file.stat();
    if (size > MAX_LEGACY_BYTES)
      throw new InputError(
        `${path} has ${size} bytes, more than is read of a file of PyTorch before 1.6: ${advice}`,
      );
    return file.readFile();
  });

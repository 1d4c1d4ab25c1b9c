/**
 * The header of a safetensors file: which tensor lies where. Parsing is strict, so that a damaged or foreign file is
 * refused before a byte of it reaches a network.
 *
 * File = [8 bytes: n, little-endian] [n bytes: JSON] [data]. Each entry of the JSON is
 * `"name": { "dtype": "F32", "shape": [64, 3, 3, 3], "data_offsets": [begin, end] }`, offsets counted from the start of
 * the data; `"__metadata__"` maps strings to strings. The data has neither holes nor overlaps nor a rest.
 * Source: the format section of https://github.com/huggingface/safetensors.
 */

import { z } from 'zod';
import { InputError, type Problem } from '../../errors.ts';
import { parseJson } from '../../files/index.ts';

// The element types of a safetensors file that can be read as float32, one row each.
//
// Not a general array library: everything becomes a Float32Array, because that is what the engines hold. Wider types
// are rounded to nearest, as a cast in PyTorch does.
export interface Dtype {
  readonly bytes: number;
  /** Reads element `i` of little-endian data. */
  readonly read: (data: DataView, i: number) => number;
}

export const DTYPES: Readonly<Record<string, Dtype>> = {
  F64: { bytes: 8, read: (data, i) => data.getFloat64(8 * i, true) },
  F32: { bytes: 4, read: (data, i) => data.getFloat32(4 * i, true) },
  F16: { bytes: 2, read: (data, i) => float16(data.getUint16(2 * i, true)) },
  BF16: { bytes: 2, read: (data, i) => bfloat16(data.getUint16(2 * i, true)) },
  // PyTorch's num_batches_tracked is an I64 scalar; exact up to 2^24 as float32.
  I64: { bytes: 8, read: (data, i) => Number(data.getBigInt64(8 * i, true)) },
  I32: { bytes: 4, read: (data, i) => data.getInt32(4 * i, true) },
  I16: { bytes: 2, read: (data, i) => data.getInt16(2 * i, true) },
  I8: { bytes: 1, read: (data, i) => data.getInt8(i) },
  U8: { bytes: 1, read: (data, i) => data.getUint8(i) },
  BOOL: { bytes: 1, read: (data, i) => Number(data.getUint8(i) !== 0) },
};

/** Decodes little-endian elements of one type to float32. Shares the memory of `data` when that is float32 already. */
export function decodeFloat32(dtype: string, data: Uint8Array): Float32Array {
  const { bytes, read } = DTYPES[dtype];
  const count = data.byteLength / bytes;
  if (dtype === 'F32' && data.byteOffset % 4 === 0 && LITTLE_ENDIAN) {
    return new Float32Array(data.buffer, data.byteOffset, count);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from({ length: count }, (_, i) => read(view, i));
}

/** The little-endian bytes of float32 values, without a copy on a little-endian machine. */
export function encodeFloat32(values: Float32Array): Uint8Array {
  if (LITTLE_ENDIAN) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const view = new DataView(new ArrayBuffer(values.byteLength));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

// IEEE 754 binary16: sign 1, exponent 5 (bias 15), fraction 10.
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// bfloat16 is the upper half of a binary32.
function bfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
const scratch = new DataView(new ArrayBuffer(4));

/** The format's own bound, so that a foreign file cannot make us allocate at will. */
export const MAX_HEADER_BYTES = 100_000_000;

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of the data. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const size = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(size),
  data_offsets: z.tuple([size, size]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Parses the JSON of a header and checks it against the number of data bytes that follow it in the file.
 *
 * @throws InputError that lists every problem with the tensor it concerns.
 */
export function parseHeader(file: string, json: string, dataBytes: number): Header {
  const fields = parseObject(file, json);
  const problems: Problem[] = [];
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (name === '__metadata__') {
      const parsed = metadataSchema.safeParse(value);
      if (parsed.success) metadata = parsed.data;
      else problems.push({ where: '__metadata__', what: 'expected a map of strings to strings' });
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      problems.push({ where: name, what: `expected dtype, shape and data_offsets, found ${excerpt(value)}` });
      continue;
    }
    const { dtype, shape, data_offsets } = parsed.data;
    const entry = { name, dtype, shape, begin: data_offsets[0], end: data_offsets[1] };
    problems.push(...entryProblems(entry));
    entries.push(entry);
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  // Offsets mean little when single entries are wrong already; report those alone.
  if (problems.length === 0) problems.push(...layoutProblems(entries, dataBytes));
  if (problems.length > 0) throw damaged(`${file} is not a valid safetensors file:`, problems);
  return { entries, metadata };
}

function parseObject(file: string, json: string): [string, unknown][] {
  let value: unknown;
  try {
    value = parseJson(file, json);
  } catch {
    throw damaged(`${file} is not a safetensors file: its header is not JSON, or nested too deep`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged(`${file} is not a safetensors file: its header is not a JSON object`);
  }
  return Object.entries(value);
}

/** A foreign or broken file is refused by its first problems; a thousand of them say no more. */
const maxProblems = 12;

export function damaged(message: string, problems: readonly Problem[] = []): InputError {
  const more = problems.length - maxProblems;
  const told =
    more > 0 ? [...problems.slice(0, maxProblems), { where: '...', what: `and ${more} more` }] : problems;
  return new InputError(message, told, { code: 'damaged' });
}

function entryProblems({ name, dtype, shape, begin, end }: TensorEntry): Problem[] {
  if (!Object.hasOwn(DTYPES, dtype)) {
    const known = Object.keys(DTYPES).join(', ');
    return [{ where: name, what: `dtype ${dtype} is not supported; expected one of ${known}` }];
  }
  const expected = DTYPES[dtype].bytes * elementCount(shape);
  if (end - begin === expected) return [];
  return [
    {
      where: name,
      what: `offsets [${begin}, ${end}] hold ${end - begin} bytes, but ${dtype} of shape [${shape.join(', ')}] needs ${expected}`,
    },
  ];
}

function layoutProblems(entries: readonly TensorEntry[], dataBytes: number): Problem[] {
  const problems: Problem[] = [];
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin < position)
      problems.push({ where: name, what: `overlaps the tensor before it at byte ${begin}` });
    if (begin > position)
      problems.push({ where: name, what: `${begin - position} bytes before it belong to no tensor` });
    position = end;
  }
  if (position > dataBytes) {
    problems.push({
      where: 'data',
      what: `expected ${position} bytes, found ${dataBytes}: the file is truncated`,
    });
  } else if (position < dataBytes) {
    problems.push({
      where: 'data',
      what: `expected ${position} bytes, found ${dataBytes}: the file is longer`,
    });
  }
  return problems;
}

/** The number of elements of a shape; 1 for a scalar, whose shape is []. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function excerpt(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/**
 * The element types of a safetensors file that can be read as float32, one row each.
 *
 * Not a general array library: everything becomes a Float32Array, because that is what the engines hold. Wider types
 * are rounded to nearest, as a cast in PyTorch does.
 */

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
  U8: { bytes: 1, read: (data, i) => data.getUint8(i) },
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

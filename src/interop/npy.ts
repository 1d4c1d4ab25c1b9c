/**
 * NumPy's .npy format, version 1.0, of one float32 array: what `numpy.load` reads (numpy/lib/format.py). Written, never read.
 *
 *   0x93 'NUMPY' 1 0, the header's length (uint16), the header: a Python dict, spaces to a multiple of 64 bytes, a newline; the values.
 */
import { encodeFloat32 } from '../runs/index.ts';

/** The bytes of an array of some shape, the last axis fastest. @throws RangeError where it has another number of values. */
export function* npyBytes(values: Float32Array, shape: readonly number[]): Generator<Uint8Array> {
  const expected = shape.reduce((product, length) => product * length, 1);
  if (values.length !== expected)
    throw new RangeError(
      `an array of shape [${shape.join(', ')}] has ${expected} values; there are ${values.length}`,
    );
  // A tuple of one has its comma, as all others may.
  const tuple = shape.map((length) => `${length},`).join(' ');
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const prefix = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 0, 0]);
  const total = Math.ceil((prefix.length + dict.length + 1) / 64) * 64;
  prefix.writeUInt16LE(total - prefix.length, 8);
  yield Buffer.concat([prefix, Buffer.from(`${dict.padEnd(total - prefix.length - 1)}\n`)]);
  yield encodeFloat32(values);
}

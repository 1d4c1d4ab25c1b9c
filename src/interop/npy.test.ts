import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { npyBytes } from './npy.ts';

const bytesOf = (values: Float32Array, shape: readonly number[]) =>
  Buffer.concat([...npyBytes(values, shape)]);
const values = Float32Array.of(0, -0.5, 1 / 3, 1, 2 ** -24, 255);

test.each([
  [[6], "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }"],
  [[1, 3, 2, 1], "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2, 1,), }"],
])('the header says %o, in a multiple of 64 bytes', (shape, dict) => {
  const bytes = bytesOf(values, shape);
  expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = bytes.readUInt16LE(8);
  expect((10 + length) % 64).toBe(0);
  const header = bytes.toString('latin1', 10, 10 + length);
  expect(header.trimEnd()).toBe(dict);
  expect(header.endsWith('\n')).toBe(true);
  const rest = bytes.subarray(10 + length);
  expect(Array.from(values, (_, at) => rest.readFloatLE(4 * at))).toEqual([...values]);
  expect(rest).toHaveLength(24);
});

test('a shape that does not fit the values is refused', () => {
  expect(() => bytesOf(values, [2, 2])).toThrow('an array of shape [2, 2] has 4 values; there are 6');
});

function hasNumpy(): boolean {
  try {
    execFileSync('/usr/bin/python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasNumpy())('NumPy', () => {
  test.each([[[6]], [[1, 3, 2, 1]], [[0, 3, 2, 2]]])('reads an array of shape %o', async (shape) => {
    const folder = await mkdtemp(join(tmpdir(), 'dualbn-npy-'));
    const path = join(folder, 'array.npy');
    const given = shape[0] === 0 ? new Float32Array() : values;
    await writeFile(path, bytesOf(given, shape));
    const program =
      'import sys, json, numpy as np; a = np.load(sys.argv[1]); print(json.dumps([a.dtype.str, a.shape, a.ravel().tolist()]))';
    const said = execFileSync('/usr/bin/python3', ['-c', program, path], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual(['<f4', shape, [...given]]);
    await rm(folder, { recursive: true });
  });
});

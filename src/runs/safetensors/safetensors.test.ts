import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { InputError, RunError } from '../../errors.ts';
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from './file.ts';

let path: string;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'dualbn-safetensors-')), 'file.safetensors');
});

/** A file with exactly this header and these data bytes. */
async function put(header: unknown, data: Uint8Array = new Uint8Array(0)): Promise<void> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([prefix, json, data]));
}

describe('writeSafetensors', () => {
  it('gives back the same bits, names, shapes and metadata, in the same order', async () => {
    const tensors = new Map([
      ['conv1.weight', { shape: [2, 1, 1, 2], values: new Float32Array([1, -0, Number.NaN, 1e-40]) }],
      ['7', { shape: [], values: new Float32Array([Math.PI]) }],
      ['bn1.adv.running_mean', { shape: [0], values: new Float32Array(0) }],
      ['__proto__', { shape: [1], values: new Float32Array([Number.POSITIVE_INFINITY]) }],
    ]);
    await writeSafetensors(path, { tensors, metadata: { epoch: '3', note: 'ε = 8/255' } });
    const read = await readSafetensors(path);
    expect([...read.tensors.keys()]).toEqual([...tensors.keys()]);
    for (const [name, { shape, values }] of tensors) {
      expect(read.tensors.get(name)?.shape).toEqual(shape);
      expect(new Uint32Array(read.tensors.get(name)?.values.slice().buffer ?? [])).toEqual(
        new Uint32Array(values.buffer),
      );
    }
    expect(read.metadata).toEqual({ epoch: '3', note: 'ε = 8/255' });
  });

  it('writes the layout of the format: length, padded JSON, data', async () => {
    const tensors = new Map([['a', { shape: [2], values: new Float32Array([1, 2]) }]]);
    await writeSafetensors(path, { tensors, metadata: {} });
    const bytes = await readFile(path);
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(bytes.subarray(8, 8 + headerBytes).toString())).toEqual({
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    });
    expect(bytes.subarray(8 + headerBytes)).toEqual(Buffer.from('0000803f00000040', 'hex'));
  });

  it('refuses a tensor whose values do not fill its shape', async () => {
    const tensors = new Map([['a', { shape: [3], values: new Float32Array(2) }]]);
    await expect(writeSafetensors(path, { tensors, metadata: {} })).rejects.toThrow(RunError);
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });
});

describe('readSafetensors', () => {
  const elements: [dtype: string, hex: string, values: number[]][] = [
    ['F64', '000000000000f03f182d4454fb210940', [1, Math.fround(Math.PI)]],
    ['F32', '0000803fdb0f4940', [1, Math.fround(Math.PI)]],
    ['F16', '003c01000084007cff7b', [1, 2 ** -24, -(2 ** -14), Number.POSITIVE_INFINITY, 65504]],
    ['BF16', '803f49c0', [1, -3.140625]],
    ['I64', '0a00000000000000ffffffffffffffff', [10, -1]],
    ['I32', '0a000000ffffffff', [10, -1]],
    ['U8', '00ff', [0, 255]],
  ];
  it.each(elements)('reads %s as float32', async (dtype, hex, values) => {
    const data = Buffer.from(hex, 'hex');
    await put({ x: { dtype, shape: [values.length], data_offsets: [0, data.length] } }, data);
    expect([...((await readSafetensors(path)).tensors.get('x')?.values ?? [])]).toEqual(values);
  });

  it('reads the header alone', async () => {
    await put(
      { x: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, __metadata__: { a: 'b' } },
      Buffer.alloc(1),
    );
    expect(await readSafetensorsHeader(path)).toEqual({
      entries: [{ name: 'x', dtype: 'U8', shape: [1], begin: 0, end: 1 }],
      metadata: { a: 'b' },
    });
  });

  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  });
  const damaged: [name: string, header: unknown, dataBytes: number, message: string][] = [
    ['a header nested too deep', '{"a":'.repeat(100_000), 0, 'its header is not JSON, or nested too deep'],
    ['a header that is not JSON', '{"x": ', 0, 'its header is not JSON'],
    ['a header that is not an object', '[1]', 0, 'its header is not a JSON object'],
    [
      'an entry without a shape',
      { x: { dtype: 'F32' } },
      0,
      'x: expected dtype, shape and data_offsets, found {"dt',
    ],
    ['a negative extent', { x: f32(0, 4, [-1]) }, 4, 'x: expected dtype, shape and data_offsets'],
    [
      'metadata that is not text',
      { __metadata__: { epoch: 3 } },
      0,
      '__metadata__: expected a map of strings',
    ],
    [
      'an unknown dtype',
      { x: { ...f32(0, 4), dtype: 'C64' } },
      4,
      'x: dtype C64 is not supported; expected one of F64',
    ],
    [
      'a shape that does not fit',
      { x: f32(0, 8, [3]) },
      8,
      '[0, 8] hold 8 bytes, but F32 of shape [3] needs 12',
    ],
    [
      'overlapping tensors',
      { x: f32(0, 8), y: f32(4, 12) },
      12,
      'y: overlaps the tensor before it at byte 4',
    ],
    ['a hole', { x: f32(0, 4), y: f32(8, 12) }, 12, 'y: 4 bytes before it belong to no tensor'],
    ['truncated data', { x: f32(0, 8) }, 5, 'data: expected 8 bytes, found 5: the file is truncated'],
    ['a rest', { x: f32(0, 8) }, 9, 'data: expected 8 bytes, found 9: the file is longer'],
  ];
  it.each(damaged)('refuses %s', async (_, header, dataBytes, message) => {
    await put(header, new Uint8Array(dataBytes));
    const failure = readSafetensors(path);
    await expect(failure).rejects.toThrow(InputError);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toThrow(path);
  });

  const foreign: [name: string, bytes: Buffer, message: string][] = [
    ['an empty file', Buffer.alloc(0), 'it has 0 bytes'],
    ['a file of another kind', Buffer.from('PK\x03\x04 a zip, say'), 'the limit is 100000000'],
    [
      'a cut header',
      Buffer.from('4000000000000000 7b'.replace(' ', ''), 'hex'),
      'a header of 64 bytes, found 1',
    ],
  ];
  it.each(foreign)('refuses %s', async (_, bytes, message) => {
    await writeFile(path, bytes);
    await expect(readSafetensors(path)).rejects.toThrow(message);
  });

  it('names a missing file', async () => {
    await expect(readSafetensors(path)).rejects.toThrow(`cannot read ${path}: no such file or folder`);
  });
});
